import { Ajv, type ErrorObject } from 'ajv';
import { type Problem, RanksweepError } from '../core/errors.js';
import type { ScoreConfig } from '../core/evaluation-set.js';
import { chrf } from './chrf.js';
import { rouge } from './rouge.js';
import { exactMatch, f1 } from './squad.js';

/** What a model wrote for an item, and what it should have written. */
export interface Answered {
  answer: string;
  references: readonly string[];
}

/** The score of one answer. */
export type AnswerScore = (answered: Answered) => number;

/**
 * A score of answers as a function. Compiles patterns and schemas once.
 * @returns null for a score that is no function of the answer's text (likelihoods, commands)
 * @throws RanksweepError INVALID_INPUT for a pattern or schema that is none
 */
export function answerScore(score: ScoreConfig, field: string): AnswerScore | null {
  if (typeof score === 'string') return NAMED[score] ?? null;
  if ('regex' in score) return regexScore(score.regex, score.flags ?? '', field);
  if ('json_schema' in score) return schemaScore(score.json_schema, field);
  return null;
}

const NAMED: Partial<Record<string, AnswerScore>> = {
  identical: ({ answer, references }) => (references.some((one) => one.trim() === answer.trim()) ? 1 : 0),
  exact_match: ({ answer, references }) => exactMatch(answer, references),
  f1: ({ answer, references }) => f1(answer, references),
  rouge1: ({ answer, references }) => rouge('rouge1', answer, references),
  rouge2: ({ answer, references }) => rouge('rouge2', answer, references),
  rougeL: ({ answer, references }) => rouge('rougeL', answer, references),
  chrf: ({ answer, references }) => chrf(answer, references),
};

/** Scores that compare with a reference; the others judge the answer alone. */
export function comparesWithReference(score: ScoreConfig): boolean {
  return typeof score === 'string' && score in NAMED;
}

function regexScore(source: string, flags: string, field: string): AnswerScore {
  try {
    const pattern = new RegExp(source, flags);
    return ({ answer }) => (pattern.test(answer) ? 1 : 0);
  } catch (cause) {
    const message = `found ${JSON.stringify(source)}, which is no regular expression: ${(cause as Error).message}`;
    throw invalid({ field: `${field}.regex`, message });
  }
}

function schemaScore(schema: object, field: string): AnswerScore {
  try {
    const isValid = new Ajv({ strict: true, allErrors: false, logger: false }).compile(schema);
    return ({ answer }) => {
      const value = parsed(answer);
      return value !== NO_JSON && isValid(value) ? 1 : 0;
    };
  } catch (cause) {
    throw invalid({ field: `${field}.json_schema`, message: `is no JSON schema: ${schemaProblem(cause)}` });
  }
}

const NO_JSON = Symbol('no JSON');

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return NO_JSON;
  }
}

function schemaProblem(cause: unknown): string {
  const { message, errors } = cause as Error & { errors?: ErrorObject[] };
  return errors?.[0]?.message ?? message;
}

const invalid = (problem: Problem) =>
  new RanksweepError('INVALID_INPUT', `${problem.field}: ${problem.message}`, [problem]);
