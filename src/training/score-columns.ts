import { goalOfScore, nameOfScore } from '../core/evaluation-set.js';
import { type Goal } from '../core/metric-value.js';
import type { Score } from './evaluate.js';
import { sequenceLosses } from './evaluate.js';
import type { EvaluationSet } from './evaluation-set.js';
import { generate } from './generate.js';
import type { Layers } from './llama.js';
import type { PreparedRun } from './prepare-run.js';
import { predictedCount } from './sequences.js';

/** One score of a set, by item. */
export interface ScoreColumn {
  score: string;
  goal: Goal;
  values: Float64Array;
  /** what an item counts in the mean: tokens, bytes; null: all the same */
  weights: Float64Array | null;
}

/** What a command scores: one of these for each item, as a line of JSON. */
export interface AnsweredItem {
  key: string;
  answer: string;
  references: readonly string[];
  record: Record<string, unknown> | null;
}

/** Runs a command on answers. @returns a number for each */
export type ScoreCommand = (command: string[], items: AnsweredItem[]) => Promise<number[]>;

/** What the model computes and the scores that follow from it: each kind is computed whole or not at all. */
export const KINDS = ['loss', 'choices', 'answers'] as const;
export type Kind = (typeof KINDS)[number];

export interface Measured {
  columns: ScoreColumn[];
  /** what the model wrote; null where nothing was asked */
  answers: string[] | null;
}

export interface Measuring {
  prepared: Pick<PreparedRun, 'base' | 'tokenizer' | 'tokensAtOnce' | 'evaluations'>;
  layers: Layers;
  runCommand?: ScoreCommand;
}

/** The kinds that a set has scores of. */
export function kindsOf({ sequences, choices, questions }: EvaluationSet): Kind[] {
  const has = { loss: sequences.length > 0, choices: choices !== null, answers: questions !== null };
  return KINDS.filter((kind) => has[kind]);
}

/** The names of a kind's scores on a set. */
export function scoresOfKind({ config }: EvaluationSet, kind: Kind): string[] {
  if (kind === 'loss') return ['loss', 'bits_per_byte'];
  const names = (config.scores ?? []).map(nameOfScore);
  const isChoice = (name: string) => name === 'accuracy' || name === 'accuracy_norm';
  if (kind === 'choices') return names.filter(isChoice);
  return names.filter((name) => !isChoice(name) && name !== 'loss' && name !== 'bits_per_byte');
}

/** Measures a set with the layers given. */
export async function measureKind(kind: Kind, set: EvaluationSet, measuring: Measuring): Promise<Measured> {
  if (kind === 'answers') return measureAnswers(set, measuring);
  const columns = kind === 'loss' ? measureLoss(set, measuring) : measureChoices(set, measuring);
  return { columns: await columns, answers: null };
}

/** A kind's columns as they are before anything is measured. */
export function blankColumns(set: EvaluationSet, kind: Kind): ScoreColumn[] {
  const values = new Float64Array(0);
  if (kind === 'loss') {
    const { tokens, bytes } = sizesOf(set);
    return [
      { score: 'loss', goal: 'minimize', values, weights: tokens },
      { score: 'bits_per_byte', goal: 'minimize', values, weights: bytes },
    ];
  }
  const goals = new Map((set.config.scores ?? []).map((score) => [nameOfScore(score), goalOfScore(score)]));
  return scoresOfKind(set, kind).map((score) => ({ score, goal: goals.get(score)!, values, weights: null }));
}

async function measureLoss(set: EvaluationSet, { prepared, layers }: Measuring): Promise<ScoreColumn[]> {
  const { base, tokensAtOnce } = prepared;
  const { losses } = await sequenceLosses(base.config, layers, set.sequences, tokensAtOnce);
  const nats = sumsOfItems(set, losses);
  const [loss, bits] = blankColumns(set, 'loss') as [ScoreColumn, ScoreColumn];
  return [
    { ...loss, values: nats.map((sum, i) => sum / loss.weights![i]!) },
    { ...bits, values: nats.map((sum, i) => sum / Math.LN2 / bits.weights![i]!) },
  ];
}

/** Predicted tokens and bytes of each item. */
function sizesOf(set: EvaluationSet) {
  return {
    tokens: sumsOfItems(set, Float64Array.from(set.sequences, predictedCount)),
    bytes: sumsOfItems(
      set,
      Float64Array.from(set.sequences, (sequence) => sequence.bytes),
    ),
  };
}

function sumsOfItems({ parts }: EvaluationSet, ofSequences: Float64Array): Float64Array {
  let at = 0;
  return Float64Array.from(parts, (count) => {
    const own = ofSequences.subarray(at, at + count);
    at += count;
    return own.reduce((sum, one) => sum + one, 0);
  });
}

/** The likeliest completion, and the likeliest by character (lm-evaluation-harness's acc and acc_norm). */
async function measureChoices(set: EvaluationSet, { prepared, layers }: Measuring): Promise<ScoreColumn[]> {
  const { base, tokensAtOnce } = prepared;
  const all = set.choices!.flatMap(({ sequences }) => sequences);
  const { losses } = await sequenceLosses(base.config, layers, all, tokensAtOnce);
  return blankColumns(set, 'choices').map((column) => {
    let at = 0;
    const values = set.choices!.map(({ sequences, lengths, right }) => {
      const own = Array.from(losses.subarray(at, at + sequences.length));
      at += sequences.length;
      const judged = column.score === 'accuracy' ? own : own.map((loss, i) => loss / lengths[i]!);
      return judged.indexOf(Math.min(...judged)) === right ? 1 : 0;
    });
    return { ...column, values: Float64Array.from(values) };
  });
}

async function measureAnswers(set: EvaluationSet, measuring: Measuring): Promise<Measured> {
  const { prepared, layers } = measuring;
  const { base, tokenizer, tokensAtOnce } = prepared;
  const { config, maxTokens } = set;
  const questions = set.questions!;
  const options = { maxTokens, stop: config.stop ?? [], tokensAtOnce };
  const prompts = questions.map(({ prompt }) => prompt);
  const answers = await generate(base.config, layers, tokenizer, prompts, options);
  const columns: ScoreColumn[] = [];
  for (const column of blankColumns(set, 'answers')) {
    const values = await answerValues(set, column.score, answers, measuring);
    columns.push({ ...column, values: Float64Array.from(values) });
  }
  return { columns, answers };
}

async function answerValues(
  set: EvaluationSet,
  name: string,
  answers: string[],
  { runCommand }: Measuring,
): Promise<number[]> {
  const questions = set.questions!;
  const scorer = set.answerScores.get(name);
  if (scorer) {
    return questions.map(({ item }, i) => scorer({ answer: answers[i]!, references: item.references }));
  }
  const { command } = (set.config.scores ?? []).find((score) => nameOfScore(score) === name) as {
    command: string[];
  };
  if (!runCommand) throw new Error(`${name}: commands cannot be run here`);
  return runCommand(command, answeredItems(set, answers));
}

/** What the model wrote, beside what was asked. */
export function answeredItems({ keys, questions }: EvaluationSet, answers: string[]): AnsweredItem[] {
  return questions!.map(({ item: { references, record } }, i) => {
    return { key: keys[i]!, answer: answers[i]!, references, record };
  });
}

/** The mean of a column's items, weighted where they have weights. */
export function meanOfColumn({ values, weights }: ScoreColumn): number {
  let [sum, total] = [0, 0];
  for (const [i, value] of values.entries()) {
    const weight = weights === null ? 1 : weights[i]!;
    sum += value * weight;
    total += weight;
  }
  return sum / total;
}

/** The loss of a set and its size; null where its items have no reference. */
export function lossOf(columns: ScoreColumn[]): Score | null {
  const [loss, bits] = ['loss', 'bits_per_byte'].map((name) => columns.find(({ score }) => score === name));
  if (!loss || !bits) return null;
  const total = ({ weights }: ScoreColumn) => weights!.reduce((sum, one) => sum + one, 0);
  return {
    loss: meanOfColumn(loss),
    bitsPerByte: meanOfColumn(bits),
    tokens: total(loss),
    bytes: total(bits),
  };
}
