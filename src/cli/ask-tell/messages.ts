import { z } from 'zod';
import { RanksweepError } from '../../core/errors.js';
import { metricFromJson } from '../../core/metric-value.js';

/**
 * The messages of the ask/tell protocol, one JSON object a line (bench/search/README.md). What goes beyond it: `objectives` (several) and `limits` of a
 * start, whose values are the `metrics` of a tell, `int` parameters, the states
 * `stopped` (with the `curve` up to then its final value is predicted) and `failed` of a tell, `ask` for one more suggestion while others are pending, and "NaN" and "Infinity" as text for values.
 */
const number = z.number();
const name = z.string().min(1);
const range = { name, low: number, high: number };
const parameter = z
  .discriminatedUnion('type', [
    z.object({ ...range, type: z.literal('float'), scale: z.enum(['linear', 'log']).default('linear') }),
    z.object({ ...range, type: z.literal('int'), scale: z.enum(['linear', 'log']).default('linear') }),
    z.object({ name, type: z.literal('ordinal'), values: z.array(z.unknown()).min(1) }),
    z.object({ name, type: z.literal('categorical'), values: z.array(z.unknown()).min(1) }),
  ])
  .superRefine((found, context) => {
    if (!('low' in found)) return;
    if (found.low > found.high)
      refuse(context, 'low', `found ${found.low}, expected at most high (${found.high})`);
    if (found.scale === 'log' && found.low <= 0)
      refuse(context, 'low', `found ${found.low}, log needs more than 0`);
    if (found.type === 'int' && !(Number.isSafeInteger(found.low) && Number.isSafeInteger(found.high))) {
      refuse(context, 'low', 'int needs whole numbers for low and high');
    }
  });

function refuse(context: z.RefinementCtx, field: string, message: string): void {
  context.addIssue({ code: 'custom', path: [field], message });
}

const params = z.record(z.string(), z.unknown());
const value = z
  .union([z.number(), z.null(), z.enum(['NaN', 'Infinity', '-Infinity'])])
  .transform((json) => metricFromJson(json));

/** Of several; their values come in the `metrics` of a tell. */
const objective = z.object({
  name,
  goal: z.enum(['minimize', 'maximize']).default('minimize'),
  reference: number.optional(),
});
const limit = z.union([z.object({ name, max: number }), z.object({ name, min: number })]);

const message = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('start'),
    space: z.array(parameter).min(1),
    budget: z.int().min(1).nullish(),
    seed: z.int().min(0),
    goal: z.enum(['minimize', 'maximize']).default('minimize'),
    defaults: params.nullish(),
    objectives: z.array(objective).min(2).optional(),
    limits: z.array(limit).min(1).optional(),
  }),
  z.object({
    type: z.literal('tell'),
    params,
    value: value.optional(),
    metrics: z.record(z.string(), value).optional(),
    curve: z.array(z.tuple([z.number(), z.number()])).nullish(),
    status: z.enum(['complete', 'diverged', 'stopped', 'failed']).default('complete'),
    remaining: z.int().nullish(),
  }),
  z.object({ type: z.literal('ask') }),
  z.object({ type: z.literal('recommend') }),
  z.object({ type: z.literal('exit') }),
]);

export type Message = z.infer<typeof message>;
export type Start = Extract<Message, { type: 'start' }>;
export type Tell = Extract<Message, { type: 'tell' }>;
export type ProtocolParameter = z.infer<typeof parameter>;

export type Answer =
  | { type: 'suggest'; params: Record<string, unknown> }
  /** `front`: with several objectives the points that are beaten by no other, `params` is the first of them */
  | { type: 'recommend'; params: Record<string, unknown>; front?: Record<string, unknown>[] }
  | { type: 'done' }
  | { type: 'error'; message: string };

/** @throws RanksweepError INVALID_INPUT naming the fields that are wrong */
export function parseMessage(line: string): Message {
  const result = message.safeParse(jsonOf(line));
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message: text }) => ({
    field: path.join('.'),
    message: text,
  }));
  const sentence = problems
    .map(({ field, message: text }) => (field ? `${field}: ${text}` : text))
    .join('; ');
  throw new RanksweepError('INVALID_INPUT', sentence, problems);
}

function jsonOf(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new RanksweepError('INVALID_INPUT', 'the line is not JSON');
  }
}
