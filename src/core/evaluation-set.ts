import { z } from 'zod';

/** How a set of an evaluation is declared, inline in a run config or in a suite file (suite.ts). */
export const EVALUATION_ROLES = ['in_domain', 'out_of_domain', 'base_capability'] as const;
export type EvaluationRole = (typeof EVALUATION_ROLES)[number];

/** Scores that need no more than their name. */
export const NAMED_SCORES = [
  /** nats for each predicted token, of the whole completion */
  'loss',
  /** the same in bits for each byte of text */
  'bits_per_byte',
  /** the answer is a reference character by character, but for white space around it */
  'identical',
  /** the answer is a reference by SQuAD's normalisation */
  'exact_match',
  /** words that answer and reference share, by SQuAD's normalisation */
  'f1',
  /** the right one of `choices` has the largest likelihood */
  'accuracy',
  /** … the largest likelihood by character */
  'accuracy_norm',
  'rouge1',
  'rouge2',
  'rougeL',
  'chrf',
] as const;
export type NamedScore = (typeof NAMED_SCORES)[number];

const NAME = /^[A-Za-z0-9_.-]+$/;
const positiveInt = z.int().positive();
const goal = z.enum(['minimize', 'maximize']);

const ownName = z
  .string()
  .regex(NAME)
  .refine((name) => !(NAMED_SCORES as readonly string[]).includes(name), {
    message: 'expected a name of its own: Ranksweep has a score of that name',
  });

const regexScore = z.strictObject({
  name: ownName,
  /** 1 where the answer has a match, else 0 */
  regex: z.string().min(1),
  flags: z
    .string()
    .regex(/^[imsu]*$/)
    .optional(),
  /** minimize for what an answer must not hold */
  goal: goal.optional(),
});

const schemaScore = z.strictObject({
  name: ownName,
  /** a JSON schema: 1 where the answer is JSON that it allows, else 0 */
  json_schema: z.record(z.string(), z.unknown()),
});

const commandScore = z.strictObject({
  name: ownName,
  /** program and arguments: gets a line of JSON for each item, prints a number for each */
  command: z.array(z.string()).min(1),
  goal: goal.optional(),
});

const scoreConfig = z.union([z.enum(NAMED_SCORES), regexScore, schemaScore, commandScore]);
export type ScoreConfig = z.infer<typeof scoreConfig>;

/** What is left out stays out of the config, so that the hash of a config that names none of it is what it was. */
export const evaluationSetConfig = z.strictObject({
  name: z.string().regex(NAME),
  role: z.enum(EVALUATION_ROLES),
  /** how far the set is from the training data, in words */
  distance: z.string().min(1).max(100).optional(),
  data: z.string().min(1),
  maxExamples: positiveInt.nullable().default(null),
  /** beside loss and bits per byte, which every set with completions has */
  scores: z.array(scoreConfig).optional(),
  /** the field of an item's record that says its group: scores are shown for each */
  group: z.string().min(1).optional(),
  /** of an answer at most; default 64 */
  maxTokens: positiveInt.optional(),
  /** texts that end an answer and are no part of it; the end-of-text token always does */
  stop: z.array(z.string().min(1)).optional(),
  /** scores the first n items whenever the validation loss is measured; default: only before and after training */
  during: positiveInt.optional(),
});
export type EvaluationSetConfig = z.infer<typeof evaluationSetConfig>;

export const DEFAULT_MAX_TOKENS = 64;

/** `exact_match`, or the own name of a regular expression, schema or command. */
export function nameOfScore(score: ScoreConfig): string {
  return typeof score === 'string' ? score : score.name;
}

/** Which way a score is better. */
export function goalOfScore(score: ScoreConfig): 'minimize' | 'maximize' {
  if (typeof score === 'string')
    return score === 'loss' || score === 'bits_per_byte' ? 'minimize' : 'maximize';
  return ('goal' in score ? score.goal : undefined) ?? 'maximize';
}

/** Whether the model must write an answer for it. */
export function needsAnswer(score: ScoreConfig): boolean {
  return typeof score !== 'string' || !['loss', 'bits_per_byte', 'accuracy', 'accuracy_norm'].includes(score);
}
