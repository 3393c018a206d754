import type { Request } from 'express';
import { z } from 'zod';
import { CONDITION_OPS, type ConditionOp } from '../access/graphql-enums.js';
import { RanksweepError } from '../core/errors.js';
import { RUN_STATES } from '../core/states.js';
import type { RunFilter } from './run-query.input.js';
import { stepRange } from './series.args.js';

/** The GraphQL RunFilter, as JSON. */
const filter: z.ZodType<RunFilter> = z.lazy(() =>
  z.strictObject({
    project: z.string().optional(),
    sweepId: z.string().optional(),
    states: z.array(z.enum(RUN_STATES)).optional(),
    datasetHash: z.string().optional(),
    configHash: z.string().optional(),
    text: z.string().optional(),
    deleted: z.boolean().optional(),
    asOf: z.string().optional(),
    where: z.array(condition).optional(),
    and: z.array(filter).optional(),
    or: z.array(filter).optional(),
    not: filter.optional(),
  }),
);
const condition = z.strictObject({
  path: z.string(),
  op: z.enum(CONDITION_OPS) as z.ZodType<ConditionOp>,
  value: z.unknown().optional(),
});

const runsQuestion = z.strictObject({ filter: filter.default({}), fields: z.array(z.string()).optional() });
const seriesQuestion = z.strictObject({
  filter: filter.default({}),
  names: z.array(z.string()).max(1000).optional(),
  fromStep: z.number().optional(),
  toStep: z.number().optional(),
  maxPoints: z.int().min(1).max(100_000).optional(),
});

/** What a bulk door is asked: of a GET in the parameter `q`, of a POST in the body, as JSON. @throws RanksweepError INVALID_INPUT */
export function runsQuestionOf(request: Request): z.infer<typeof runsQuestion> {
  return parse(runsQuestion, questionText(request));
}

export function seriesQuestionOf(request: Request) {
  const { fromStep, toStep, ...question } = parse(seriesQuestion, questionText(request));
  return { ...question, range: stepRange(fromStep, toStep) };
}

function questionText({ method, query, body }: Request): unknown {
  if (method === 'POST') return body ?? {};
  if (method !== 'GET') throw invalid('method', `found ${method}, expected GET or POST`);
  const unknown = Object.keys(query).find((name) => name !== 'q');
  if (unknown !== undefined) throw invalid(unknown, 'expected the one parameter q, a JSON object');
  if (query.q === undefined) return {};
  try {
    return JSON.parse(String(query.q));
  } catch {
    throw invalid('q', `found ${JSON.stringify(String(query.q).slice(0, 100))}, expected a JSON object`);
  }
}

function parse<Question>(schema: z.ZodType<Question>, found: unknown): Question {
  const { success, data, error } = schema.safeParse(found);
  if (success) return data;
  const problems = error.issues.map(({ path, message }) => ({
    field: z.core.toDotPath(path) || 'q',
    message,
  }));
  const message = problems.map((problem) => `${problem.field}: ${problem.message}`).join('; ');
  throw new RanksweepError('INVALID_INPUT', message, problems);
}

function invalid(field: string, message: string): RanksweepError {
  return new RanksweepError('INVALID_INPUT', `${field}: ${message}`, [{ field, message }]);
}
