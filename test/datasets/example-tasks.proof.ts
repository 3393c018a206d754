import { readdirSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { type CompletionExample, readExamples } from '../../src/data/examples.js';
import { loadTokenizer } from '../../src/training/tokenizer.js';
import { corpusScripts, extractScripts } from './scripts.js';

/** task/set → examples */
const sets = new Map<string, CompletionExample[]>();
let documents: string[];
let structured: string;

beforeAll(async () => {
  for (const task of ['era', 'extract']) {
    for (const file of readdirSync(`datasets/${task}`).filter((name) => name.endsWith('.jsonl'))) {
      const { examples } = await readExamples(`datasets/${task}/${file}`);
      sets.set(`${task}/${file.replace('.jsonl', '')}`, examples as CompletionExample[]);
    }
  }
  const corpus = await corpusScripts();
  documents = corpus.corpusDocuments();
  structured = corpus.corpusParts().structured.join('\n');
}, 60_000);

const textOf = ({ prompt, completion }: CompletionExample) => prompt + completion;
const setNames = (task: string) => [...sets.keys()].filter((name) => name.startsWith(`${task}/`));
const evaluations = (task: string) => setNames(task).filter((name) => name !== `${task}/train`);

/** All runs of eight words, lower case, without punctuation. */
function eightGrams(text: string): string[] {
  const words = text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return words.slice(7).map((_, i) => words.slice(i, i + 8).join(' '));
}

const isLong = (example: CompletionExample) => eightGrams(textOf(example)).length > 0;

/** Share of the records that have at least half of their eight-grams in `seen`. */
function shareSeen(examples: CompletionExample[], seen: Set<string>): number {
  const isSeen = (example: CompletionExample) => {
    const grams = eightGrams(textOf(example));
    return grams.length > 0 && grams.filter((gram) => seen.has(gram)).length >= grams.length / 2;
  };
  return examples.filter(isSeen).length / examples.length;
}

describe.each(['era', 'extract'])('%s', (task) => {
  it('has sets that fit the 128 positions of the example sweeps', async () => {
    const tokenizer = await loadTokenizer('models/nano');
    expect(setNames(task).length).toBeGreaterThanOrEqual(6);
    for (const name of setNames(task)) {
      const longest = Math.max(...sets.get(name)!.map((example) => tokenizer.encode(textOf(example)).length));
      expect({ name, fits: longest <= 127 }).toEqual({ name, fits: true });
      expect(sets.get(name)!.length).toBeGreaterThanOrEqual(60);
    }
  });

  it('evaluates on nothing that was trained on', () => {
    const trained = sets.get(`${task}/train`)!.map(textOf);
    const exact = new Set(trained);
    const grams = new Set(trained.flatMap(eightGrams));
    for (const name of evaluations(task)) {
      const examples = sets.get(name)!;
      expect({ name, same: examples.filter((example) => exact.has(textOf(example))) }).toEqual({
        name,
        same: [],
      });
      expect({ name, seen: shareSeen(examples, grams) }).toEqual({ name, seen: 0 });
    }
  });

  it('evaluates on nothing that the base model was pretrained on', () => {
    const grams = new Set(documents.flatMap(eightGrams));
    for (const name of evaluations(task)) {
      // speeches quote each other and repeat formulas: a record or two of 64 do
      expect({ name, seen: shareSeen(sets.get(name)!, grams) <= 0.05 }).toEqual({ name, seen: true });
    }
    const everySeen = (example: CompletionExample) =>
      eightGrams(textOf(example)).every((gram) => grams.has(gram));
    const same = evaluations(task).flatMap((name) => sets.get(name)!.filter(isLong).filter(everySeen));
    expect(same).toEqual([]);
  });

  it('has no example in two evaluation sets or twice in one', () => {
    const texts = evaluations(task).flatMap((name) => sets.get(name)!.map(textOf));
    expect(new Set(texts).size).toBe(texts.length);
  });
});

describe('extract', () => {
  it('has a vocabulary that the generated pretraining text never uses', async () => {
    const { KNOWN, UNSEEN } = await extractScripts();
    const names = [KNOWN, UNSEEN]
      .flatMap(({ ships, ports, kinds }) => [ships, ports, kinds])
      .flat() as string[];
    const used = names.filter((name) => new RegExp(`\\b${name}\\b`, 'i').test(structured));
    expect(names.length).toBeGreaterThan(80);
    expect(used).toEqual([]);
    expect(structured).not.toMatch(/\b(ships?|sail(s|ed|ing)?|crews?|vessels?)\b/i);
  });

  it('has unseen names that training never uses', async () => {
    const { KNOWN, UNSEEN } = await extractScripts();
    const training = sets.get('extract/train')!.map(textOf).join('\n');
    for (const key of Object.keys(UNSEEN)) {
      expect(UNSEEN[key]!.filter((name) => KNOWN[key]!.includes(name))).toEqual([]);
      expect(UNSEEN[key]!.filter((name) => new RegExp(`\\b${name}\\b`).test(training))).toEqual([]);
    }
  });

  it('answers with JSON whose values stand in the sentence', () => {
    for (const name of setNames('extract').filter((set) => set !== 'extract/base-capability')) {
      for (const { prompt, completion } of sets.get(name)!) {
        const { ship = null, port = null, crew = null, date = null } = JSON.parse(completion);
        const parts = [ship, port, crew, date?.slice(0, 4)].filter((part) => part != null);
        for (const part of parts) expect(prompt).toMatch(new RegExp(`\\b${part}\\b`));
        expect(prompt.endsWith('\n')).toBe(true);
      }
    }
  });

  it('has the forms that each set is named after', () => {
    const answers = (name: string) => sets.get(`extract/${name}`)!.map(({ completion }) => completion);
    const complete = /^\{"date":"\d{4}-\d\d-\d\d","ship":"[^"]+","port":"[^"]+","crew":\d+\}$/;
    const share = (name: string, form: RegExp) =>
      answers(name).filter((answer) => form.test(answer)).length / answers(name).length;
    expect(share('train', complete)).toBeGreaterThan(0.9);
    expect(share('train', /^\{\}$/) + share('train', complete)).toBeCloseTo(1);
    expect(share('out-of-domain-templates', complete)).toBe(1);
    expect(share('out-of-domain-vocabulary', complete)).toBe(1);
    expect(share('out-of-domain-composition', /null/)).toBeGreaterThan(0.4);
    expect(share('out-of-domain-negatives', /^\{\}$/)).toBe(1);
  });
});
