import { RanksweepError } from '../core/errors.js';
import {
  DEFAULT_MAX_TOKENS,
  type EvaluationSetConfig,
  nameOfScore,
  needsAnswer,
  type ScoreConfig,
} from '../core/evaluation-set.js';
import { hashJson } from '../core/hash.js';
import { RandomStream } from '../core/random.js';
import type { Example } from '../data/example-record.js';
import { type Item, readItems } from '../data/items.js';
import { type AnswerScore, answerScore, comparesWithReference } from '../scores/answer-score.js';
import { withField } from './data-file.js';
import { type Sequence, type SequenceOptions, sequencesOfEach } from './sequences.js';
import type { Tokenizer } from './tokenizer.js';

/** A set as it is evaluated: its items as tokens, and what is asked of them. Lists by item are parallel to `keys`. */
export interface EvaluationSet {
  config: EvaluationSetConfig;
  name: string;
  role: EvaluationSetConfig['role'];
  /** canonical hash of the whole file */
  dataset: string;
  /** of what is scored and how, without the model */
  hash: string;
  /** how many items */
  items: number;
  keys: string[];
  /** null: the set has no groups */
  groups: (string | null)[] | null;
  /** for the loss: those of an item lie together; none where items have no reference */
  sequences: Sequence[];
  /** of an item: how many of the sequences are its own */
  parts: number[];
  choices: Choices[] | null;
  questions: Question[] | null;
  /** the scores of answers by name */
  answerScores: Map<string, AnswerScore>;
  maxTokens: number;
}

/** One item's completions to choose from. */
export interface Choices {
  sequences: Sequence[];
  /** characters of each, without white space around it */
  lengths: number[];
  right: number;
}

/** What the model is asked. */
export interface Question {
  prompt: number[];
  item: Item;
}

export interface SetOptions {
  tokenizer: Tokenizer;
  sequenceLength: number;
  /** most tokens that the model can be given */
  contextLength: number;
}

/**
 * Reads a set and checks that its items have what its scores ask for.
 * @param field the config's field of the set, for errors
 * @throws RanksweepError INVALID_INPUT
 */
export async function prepareSet(
  config: EvaluationSetConfig,
  field: string,
  options: SetOptions,
): Promise<EvaluationSet> {
  const { name, role, data: path, maxExamples } = config;
  const read = await withField(`${field}.data`, () => readItems(path));
  const taken = maxExamples === null ? read.items : fixedOrder(read.items, maxExamples);
  const reading = { ...options, field: `${field}.data`, path };
  const { items, parts } = scorable(taken, reading);
  checkItems(config, field, items);
  const keys = keysOf(items);
  const maxTokens = config.maxTokens ?? DEFAULT_MAX_TOKENS;
  const asks = (config.scores ?? []).some(needsAnswer);
  return {
    ...{ config, name, role, dataset: read.canonicalHash, items: items.length, keys, maxTokens },
    hash: hashJson({ keys, sequenceLength: options.sequenceLength }),
    groups: config.group === undefined ? null : items.map((item) => groupOf(item, config.group!)),
    sequences: parts.flat(),
    parts: parts.map(({ length }) => length),
    choices: usesChoices(config) ? items.map((item) => choicesOf(item, reading)) : null,
    questions: asks ? items.map((item) => questionOf(item, maxTokens, reading)) : null,
    answerScores: compile(config, field),
  };
}

/** Everything that is given to the model in one piece, for estimates of memory. */
export function sequencesOfSet({ sequences, choices }: EvaluationSet): Sequence[] {
  return choices ? [...sequences, ...choices.flatMap((one) => one.sequences)] : sequences;
}

/** A set of its first n items. */
export function firstItems(set: EvaluationSet, n: number): EvaluationSet {
  const parts = set.parts.slice(0, n);
  const count = parts.reduce((sum, one) => sum + one, 0);
  return {
    ...set,
    ...{ items: Math.min(n, set.items), keys: set.keys.slice(0, n), parts },
    groups: set.groups?.slice(0, n) ?? null,
    sequences: set.sequences.slice(0, count),
    choices: set.choices?.slice(0, n) ?? null,
    questions: set.questions?.slice(0, n) ?? null,
  };
}

const usesChoices = ({ scores = [] }: EvaluationSetConfig) =>
  scores.some((score) => score === 'accuracy' || score === 'accuracy_norm');

/** The first n of a seeded order: the same for every run, so that runs can be compared. */
function fixedOrder<T>(items: T[], n: number): T[] {
  const order = new RandomStream(0, 'examples/fixed').permutation(items.length);
  return order.slice(0, n).map((i) => items[i]!);
}

/** Items whose loss can be measured, or that have no reference to measure it on. A text of one token predicts nothing. */
function scorable(taken: Item[], options: SequenceOptions): { items: Item[]; parts: Sequence[][] } {
  const all = taken.every(({ hasReference }) => hasReference);
  if (!all) return { items: taken, parts: taken.map(() => []) };
  const parts = sequencesOfEach(
    taken.map(({ example }) => example),
    options,
  );
  const kept = [...parts.keys()].filter((i) => parts[i]!.length > 0);
  return { items: kept.map((i) => taken[i]!), parts: kept.map((i) => parts[i]!) };
}

/** The first 16 hex digits of an item's hash; an item that comes again is another one. */
function keysOf(items: Item[]): string[] {
  const seen = new Map<string, number>();
  return items.map(({ hash }) => {
    const key = hash.slice(0, 16);
    const count = (seen.get(key) ?? 0) + 1;
    seen.set(key, count);
    return count === 1 ? key : `${key}#${count}`;
  });
}

function groupOf({ record }: Item, field: string): string | null {
  const value = record?.[field];
  return value == null ? null : String(value).slice(0, 200);
}

function compile({ scores = [] }: EvaluationSetConfig, field: string): Map<string, AnswerScore> {
  const compiled = new Map<string, AnswerScore>();
  for (const [i, score] of scores.entries()) {
    const scorer = answerScore(score, `${field}.scores[${i}]`);
    if (scorer !== null) compiled.set(nameOfScore(score), scorer);
  }
  return compiled;
}

function checkItems(config: EvaluationSetConfig, field: string, items: Item[]): void {
  const { scores = [], data, group } = config;
  const names = scores.map(nameOfScore);
  const repeated = names.find((name, i) => names.indexOf(name) !== i);
  if (repeated) throw problem(`${field}.scores`, `found ${repeated} twice, expected each score once`);
  for (const [i, score] of scores.entries()) {
    const lack = items.findIndex((item) => !hasWhat(score, item));
    if (lack < 0) continue;
    const message = `item ${lack + 1} of ${data} has no ${whatItNeeds(score)}, which ${nameOfScore(score)} needs`;
    throw problem(`${field}.scores[${i}]`, message);
  }
  if (group === undefined || items.some(({ record }) => record?.[group] != null)) return;
  throw problem(`${field}.group`, `found "${group}", which no item of ${data} has`);
}

function hasWhat(score: ScoreConfig, { choices, hasReference, example }: Item): boolean {
  if (score === 'accuracy' || score === 'accuracy_norm') return choices !== null;
  if (score === 'loss' || score === 'bits_per_byte' || comparesWithReference(score)) {
    return hasReference && (!needsAnswer(score) || hasPrompt(example));
  }
  return hasPrompt(example);
}

function whatItNeeds(score: ScoreConfig): string {
  if (score === 'accuracy' || score === 'accuracy_norm') return 'choices';
  return needsAnswer(score) && !comparesWithReference(score)
    ? 'prompt'
    : 'prompt with a completion or answers';
}

const hasPrompt = (example: Example) => 'messages' in example || example.prompt !== '';

function choicesOf({ example, choices, right }: Item, options: SequenceOptions): Choices {
  const start = promptOf(example, options);
  const sequences = choices!.map((choice) => {
    const ids = [...start, ...options.tokenizer.encode(choice)];
    return { ids, from: Math.max(1, start.length), bytes: Buffer.byteLength(choice) };
  });
  const longest = Math.max(...sequences.map(({ ids }) => ids.length - 1));
  if (longest > options.sequenceLength) throw problem(options.field, tooLong(longest, options));
  return { sequences, lengths: choices!.map((choice) => [...choice.trim()].length), right: right! };
}

function questionOf(item: Item, maxTokens: number, options: SequenceOptions): Question {
  const prompt = promptOf(item.example, options);
  const longest = prompt.length + maxTokens;
  if (prompt.length > 0 && longest <= options.contextLength!) return { prompt, item };
  const allowed = `the model's context is ${options.contextLength}: lower maxTokens`;
  throw problem(
    options.field,
    `found a prompt of ${prompt.length} tokens and ${maxTokens} to be written, ${allowed}`,
  );
}

/** What comes before the answer, as in training. */
function promptOf(example: Example, { tokenizer }: SequenceOptions): number[] {
  if (!('messages' in example)) return [...tokenizer.beginning, ...tokenizer.encode(example.prompt)];
  const { text, replies } = tokenizer.chatTemplate!.render(example.messages);
  return tokenizer.encode(text.slice(0, replies.at(-1)![0]));
}

const tooLong = (found: number, { sequenceLength }: SequenceOptions) =>
  `found a choice that makes ${found} tokens, expected at most ${sequenceLength} (sequenceLength)`;

const problem = (field: string, message: string) =>
  new RanksweepError('INVALID_INPUT', `${field}: ${message}`, [{ field, message }]);
