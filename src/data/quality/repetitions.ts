import { Containment } from './containment.js';
import type { Finding } from './finding.js';
import { Components, KeyGroups } from './key-groups.js';
import { HASHES, shinglesOf, signatureOf, writeBands } from './minhash.js';
import { nearPairs } from './near-pairs.js';
import type { Fields } from './quality-record.js';
import type { RecordTable } from './record-table.js';
import type { RecordReader } from './record-words.js';
import { areNear, saySame } from './same-meaning.js';
import { WordContexts } from './word-contexts.js';
import { exactHash, WordHashes } from './word-hashes.js';
import { WordRarity } from './word-rarity.js';

/** Pairs that are looked at word by word: millions of records of one template would never come to an end. */
const MOST_COMPARED = 300_000;
/** A prompt with more different answers than this is the task's own ("Go on:"), not a contradiction. */
const MOST_ANSWERS = 20;
/** A prompt that training answers in more ways than this says little about an evaluation. */
const MOST_SHARED = 5;

type Group = Pick<Finding, 'kind' | 'detail'> & { ids: number[] };

/** Finds what is there more than once. Records come in by `take`; what they have in common is known at the end. */
export class Repetitions {
  private readonly exact = new KeyGroups();
  private readonly loose = new KeyGroups();
  private readonly prompts = new KeyGroups();
  readonly rarity = new WordRarity();
  readonly contexts = new WordContexts();
  /** of records that share their prompt with others this is asked again, so that it is kept */
  private answerKeys = new Float64Array(1024);
  private exactKeys = new Float64Array(1024);
  private readonly words = new WordHashes();
  private shingles = new Int32Array(2048);
  private readonly signature = new Int32Array(HASHES);
  private readonly near = new Components();
  private readonly leaks = new Components();
  private isLeakExact = new Set<number>();
  private readonly containment = new Containment();
  private readonly isContained = new Set<number>();

  constructor(
    private readonly table: RecordTable,
    private readonly isEvaluation: (id: number) => boolean,
  ) {}

  take(id: number, { prompt, answer, emptyParts }: Pick<Fields, 'prompt' | 'answer' | 'emptyParts'>): void {
    const { words } = this;
    words.clear();
    words.add(prompt);
    const asked = words.length;
    words.add(answer);
    this.keepKeys(id, prompt, answer, asked);
    // What is empty is reported as that.
    if (emptyParts.length > 0) return;
    if (this.isEvaluation(id)) this.containment.addEvaluation(id, words);
    else this.containment.addTraining(id, words);
    this.rarity.add(words.first, words.length);
    if (asked > 0) this.prompts.add(words.sequenceHash(0, asked), id);
    if (!this.exact.add((this.isEvaluation(id) ? -1 : 1) * (this.exactKeys[id]! + 1), id)) return;
    this.loose.add(words.length > 0 ? words.sequenceHash() : exactHash(prompt + answer), id);
    this.contexts.add(words.first, words.length);
    if (words.length >= 3) this.keepBands(id);
  }

  private keepBands(id: number): void {
    const { words } = this;
    if (this.shingles.length < 2 * words.length) this.shingles = new Int32Array(4 * words.length);
    signatureOf(shinglesOf(words.first, words.length, this.shingles), this.signature);
    this.table.setBands(id, (bands, start) => writeBands(this.signature, bands, start));
  }

  /** Groups of records; `reader` opens again those that may be near. */
  finish(reader: RecordReader): Group[] {
    const found = [...this.exactGroups()];
    this.joinLoose();
    found.push(...this.promptGroups(reader));
    this.joinNear(reader);
    for (const [evaluation, training] of this.containment.pairs()) {
      if (this.leaks.areJoined(evaluation, training)) continue;
      this.leaks.join(evaluation, training);
      this.isContained.add(training);
    }
    for (const ids of this.near.groups()) {
      found.push({ kind: 'near_duplicate', ids, detail: 'nearly the same words' });
    }
    for (const ids of this.leaks.groups()) found.push({ kind: 'leakage', ids, detail: this.leakDetail(ids) });
    return found;
  }

  private keepKeys(id: number, prompt: string, answer: string, asked: number): void {
    if (id >= this.answerKeys.length) {
      this.answerKeys = doubled(this.answerKeys);
      this.exactKeys = doubled(this.exactKeys);
    }
    const { words } = this;
    this.answerKeys[id] = words.length > asked ? words.sequenceHash(asked) : exactHash(answer);
    this.exactKeys[id] = exactHash(prompt, answer);
  }

  private *exactGroups(): Generator<Group> {
    for (const ids of this.exact.groups()) {
      yield { kind: 'exact_duplicate', ids, detail: `the same example ${ids.length} times` };
    }
  }

  /** The same words, but for case and marks. */
  private joinLoose(): void {
    for (const ids of this.loose.groups()) {
      for (const id of ids.slice(1)) this.join(ids[0]!, id, true);
      const [training, evaluation] = this.byRole(ids);
      for (const one of [training, evaluation]) for (const id of one.slice(1)) this.join(one[0]!, id, true);
    }
  }

  /** Two records that repeat each other: a leak between training and evaluation, else a near duplicate. */
  private join(a: number, b: number, isExact: boolean): void {
    if (this.isEvaluation(a) === this.isEvaluation(b)) this.near.join(a, b);
    else {
      this.leaks.join(a, b);
      if (isExact) this.isLeakExact.add(a).add(b);
    }
  }

  private *promptGroups(reader: RecordReader): Generator<Group> {
    for (const ids of this.prompts.groups()) {
      const [training, evaluation] = this.byRole(ids);
      if (evaluation.length > 0 && this.answersOf(training).size <= MOST_SHARED) {
        for (const id of evaluation) for (const other of training) this.join(id, other, true);
      }
      for (const side of [training, evaluation]) {
        if (this.contradicts(side, reader)) {
          const detail = `one prompt, ${this.answersOf(side).size} different answers`;
          yield { kind: 'contradiction', ids: side, detail };
        }
      }
    }
  }

  private contradicts(ids: number[], reader: RecordReader): boolean {
    const answers = [...this.answersOf(ids).values()];
    if (answers.length < 2 || answers.length > MOST_ANSWERS) return false;
    let contradicts = false;
    for (const [i, a] of answers.entries()) {
      for (const b of answers.slice(i + 1)) {
        const isSame = saySame(reader.wordsOf(a), reader.wordsOf(b), this.rarity.weightOf);
        if (isSame) this.join(a, b, false);
        else contradicts = true;
      }
    }
    return contradicts;
  }

  /** The first record of each different answer. */
  private answersOf(ids: number[]): Map<number, number> {
    const first = new Map<number, number>();
    for (const id of ids) if (!first.has(this.answerKeys[id]!)) first.set(this.answerKeys[id]!, id);
    return first;
  }

  private joinNear(reader: RecordReader): void {
    const seen = new Set<number>();
    let left = MOST_COMPARED;
    for (const [a, b] of nearPairs(this.table)) {
      const pair = Math.min(a, b) * this.table.size + Math.max(a, b);
      if (seen.has(pair) || this.near.areJoined(a, b) || this.leaks.areJoined(a, b)) continue;
      if (left-- === 0) break;
      seen.add(pair);
      const [first, second] = [reader.wordsOf(a), reader.wordsOf(b)];
      // One prompt with two answers is a contradiction, or has been joined.
      if (first.prompt.length > 0 && first.prompt.join(' ') === second.prompt.join(' ')) continue;
      if (areNear(first, second, this)) this.join(a, b, false);
    }
  }

  private leakDetail(ids: number[]): string {
    if (ids.some((id) => this.isContained.has(id)))
      return 'an example of the evaluation is in training: its words stand within a longer text';
    const how = ids.some((id) => this.isLeakExact.has(id)) ? 'the same words' : 'nearly the same words';
    return `an example of the evaluation is in training: ${how}`;
  }

  private byRole(ids: number[]): [number[], number[]] {
    return [ids.filter((id) => !this.isEvaluation(id)), ids.filter((id) => this.isEvaluation(id))];
  }
}

function doubled(old: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const next = new Float64Array(old.length * 2);
  next.set(old);
  return next;
}
