import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import type { EvaluationSetConfig } from '../../src/core/evaluation-set.js';
import { AdapterSwitch } from '../../src/training/adapter-switch.js';
import { baseKeys, scoreBase } from '../../src/training/base-scores.js';
import { type Checkpoint, loadCheckpoint } from '../../src/training/checkpoint.js';
import { evaluate } from '../../src/training/evaluate.js';
import { firstItems, prepareSet } from '../../src/training/evaluation-set.js';
import { lossOf, type Measuring } from '../../src/training/score-columns.js';
import { scoreSets, suiteHashOf } from '../../src/training/score-sets.js';
import { loadTokenizer, type Tokenizer } from '../../src/training/tokenizer.js';
import { useBackend } from './backend.js';
import { temporaryFolder } from './tiny-model.js';

// On models/nano, beside what lm-evaluation-harness found on the same documents (test/fixtures/imports/lm-eval).
const HARNESS = join('test', 'fixtures', 'imports', 'lm-eval', 'base');
type Sample = {
  doc: { question: string; choices: string[]; answer: number; record: string };
  acc: number;
  acc_norm: number;
};
const file = readdirSync(HARNESS).find((name) => name.startsWith('samples_crew_choice'))!;
const samples: Sample[] = readFileSync(join(HARNESS, file), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line));

let base: Checkpoint;
let tokenizer: Tokenizer;
let folder: string;
beforeAll(async () => {
  await useBackend('wasm');
  [base, tokenizer, folder] = [
    await loadCheckpoint('models/nano'),
    await loadTokenizer('models/nano'),
    await temporaryFolder(),
  ];
});

async function prepare(records: object[], config: Partial<EvaluationSetConfig> = {}) {
  const data = join(folder, `${Math.random()}.jsonl`);
  await writeFile(data, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  const options = { tokenizer, sequenceLength: 128, contextLength: 128 };
  return prepareSet(
    { name: 'set', role: 'in_domain', maxExamples: null, ...config, data },
    'evaluations[0]',
    options,
  );
}
async function measuring(evaluations: Measuring['prepared']['evaluations']): Promise<Measuring> {
  const layers = new AdapterSwitch(await loadCheckpoint('models/nano')).layers(null);
  return { prepared: { base, tokenizer, tokensAtOnce: 512, evaluations }, layers };
}
const chosen = samples.map(({ doc }) => ({
  prompt: `${doc.question}crew:`,
  choices: doc.choices.map((choice) => ` ${choice}`),
  answer: doc.answer,
}));

test('accuracy by likelihood is the harness’s acc and acc_norm, document by document', async () => {
  const set = await prepare(chosen, { scores: ['accuracy', 'accuracy_norm'] });
  const { columns } = (await scoreSets(await measuring([set])))[0]!;
  const valuesOf = (name: string) => [...columns.find(({ score }) => score === name)!.values];
  expect(valuesOf('accuracy')).toEqual(samples.map(({ acc }) => acc));
  expect(valuesOf('accuracy_norm')).toEqual(samples.map(({ acc_norm }) => acc_norm));
});

test('the loss by item adds up to the loss of all, texts in pieces included', async () => {
  const texts = readFileSync('datasets/era/in-domain.jsonl', 'utf8').trim().split('\n').slice(0, 4);
  const text = texts.map((line) => JSON.parse(line).text).join(' ');
  const set = await prepare([{ text }, ...texts.map((line) => JSON.parse(line))]);
  expect(set.parts[0]).toBeGreaterThan(1);
  const asked = await measuring([set]);
  const { columns } = (await scoreSets(asked))[0]!;
  const whole = await evaluate(base.config, asked.layers, set.sequences, 512);
  const found = lossOf(columns)!;
  expect(found.loss).toBeCloseTo(whole.loss, 12);
  expect(found.bitsPerByte).toBeCloseTo(whole.bitsPerByte, 12);
  expect([found.tokens, found.bytes]).toEqual([whole.tokens, whole.bytes]);
});

test('a base that is known is not computed again, and has the same bits', async () => {
  const set = await prepare(chosen, { scores: ['accuracy'] });
  const identity = { hash: 'sha', quantization: 'none' as const, backend: 'wasm' };
  const asked = await measuring([set]);
  const first = await scoreBase(asked, identity, async () => new Map());
  expect(first.reused).toEqual([]);
  const stored = new Map(
    first.scores[0]!.columns.map(({ score, values }) => [first.keys[0]!.get(score)!, values]),
  );
  const refuse = { ...asked, layers: null as never };
  const again = await scoreBase(refuse, identity, async () => stored);
  expect(again).toEqual({ ...first, reused: ['set'] });
  const keyOf = (more: object) => baseKeys(set, { ...identity, ...more }).get('loss');
  expect(
    new Set([keyOf({}), keyOf({ hash: 'other' }), keyOf({ backend: 'cpu' }), keyOf({ quantization: 'nf4' })])
      .size,
  ).toBe(4);
});

test('items have keys of their content, groups of a field, and a suite a hash wherever it lies', async () => {
  const records = [
    { prompt: 'a', completion: 'b', who: 'x' },
    { prompt: 'a', completion: 'b', who: 'x' },
    { prompt: 'a', answers: ['b', 'c'], who: null },
  ];
  const set = await prepare(records, { group: 'who', scores: ['f1'], maxTokens: 4 });
  expect(set.keys[1]).toBe(`${set.keys[0]}#2`);
  expect(set.keys[2]).not.toBe(set.keys[0]);
  expect(set.groups).toEqual(['x', 'x', null]);
  expect(set.questions![2]!.item.references).toEqual(['b', 'c']);
  expect(firstItems(set, 2)).toMatchObject({ items: 2, keys: set.keys.slice(0, 2), parts: [1, 1] });
  const same = await prepare(records, { group: 'who', scores: ['f1'], maxTokens: 4 });
  expect(suiteHashOf([same])).toBe(suiteHashOf([set]));
  expect(suiteHashOf([await prepare(records)])).not.toBe(suiteHashOf([set]));
});

test('what a score lacks is said with the item and the field', async () => {
  const wrong = (records: object[], config: Partial<EvaluationSetConfig>) =>
    prepare(records, config).then(
      () => Promise.reject(new Error('it was taken')),
      ({ problems: [{ field, message }] }) => `${field}: ${message}`,
    );
  const record = { prompt: 'a', completion: 'b' };
  expect(await wrong([record], { scores: ['accuracy'] })).toMatch(
    /^evaluations\[0\]\.scores\[0\]: item 1 of .* has no choices/,
  );
  expect(await wrong([record, { prompt: 'a' }], { scores: ['exact_match'] })).toMatch(
    /item 2 .* completion or answers/,
  );
  expect(await wrong([record], { group: 'who' })).toMatch(
    /^evaluations\[0\]\.group: found "who", which no item/,
  );
  expect(await wrong([record], { scores: ['f1', 'f1'] })).toMatch(/found f1 twice/);
  expect(await wrong([{ prompt: 'a', choices: ['b', 'c'], answer: 2 }], {})).toMatch(
    /expected the number of the right choice, 0 to 1/,
  );
  expect(await wrong([record], { scores: ['f1'], maxTokens: 200 })).toMatch(/lower maxTokens/);
});
