import type { ParameterSpec } from './search-space.js';
import { multiplesWithin } from './search-space.js';
import type { FieldReader } from './yaml-fields.js';
import type { Path } from './yaml-source.js';
import { show } from './yaml-value.js';

/** W&B's distributions, each with the keys that it takes; `count` (grid points on a range) is ours. */
export const DISTRIBUTION_KEYS = {
  constant: ['value'],
  categorical: ['values'],
  categorical_w_probabilities: ['values', 'probabilities'],
  int_uniform: ['min', 'max', 'count'],
  uniform: ['min', 'max', 'count'],
  q_uniform: ['min', 'max', 'q', 'count'],
  log_uniform: ['min', 'max', 'count'],
  q_log_uniform: ['min', 'max', 'q', 'count'],
  inv_log_uniform: ['min', 'max', 'count'],
  log_uniform_values: ['min', 'max', 'count'],
  q_log_uniform_values: ['min', 'max', 'q', 'count'],
  inv_log_uniform_values: ['min', 'max', 'count'],
  normal: ['mu', 'sigma'],
  q_normal: ['mu', 'sigma', 'q'],
  log_normal: ['mu', 'sigma'],
  q_log_normal: ['mu', 'sigma', 'q'],
  beta: ['a', 'b'],
  q_beta: ['a', 'b', 'q'],
} as const satisfies Record<string, readonly string[]>;

export type Distribution = keyof typeof DISTRIBUTION_KEYS;
export const DISTRIBUTIONS = Object.keys(DISTRIBUTION_KEYS) as Distribution[];

/** One parameter's definition in the file: its dotted name, where it stands and what it says. */
export interface Definition {
  name: string;
  path: Path;
  fields: Record<string, unknown>;
}

/** @returns the parameter in normal form, or undefined after its problems are reported */
export function readDistribution(
  reader: FieldReader,
  definition: Definition,
  distribution: Distribution,
): ParameterSpec | undefined {
  if (distribution === 'constant') return readConstant(reader, definition);
  if (distribution.startsWith('categorical')) return readCategorical(reader, definition, distribution);
  if (distribution.endsWith('normal')) return readNormal(reader, definition, distribution);
  if (distribution.endsWith('beta')) return readBeta(reader, definition, distribution);
  return readRange(reader, definition, distribution);
}

function readConstant(reader: FieldReader, { name, path, fields }: Definition): ParameterSpec | undefined {
  if ('value' in fields) return { kind: 'constant', name, value: fields.value };
  return reader.report(path, 'distribution constant needs value', 'key');
}

function readCategorical(
  reader: FieldReader,
  { name, path, fields }: Definition,
  distribution: Distribution,
): ParameterSpec | undefined {
  const values = reader.list([...path, 'values'], fields.values);
  if (values === undefined) return undefined;
  if (distribution === 'categorical' && fields.probabilities === undefined) {
    return { kind: 'categorical', name, values: distinct(reader, path, values) };
  }
  const probabilities = readProbabilities(
    reader,
    [...path, 'probabilities'],
    fields.probabilities,
    values.length,
  );
  return probabilities && { kind: 'categorical', name, values, probabilities };
}

/** A repeated value would be handed out twice by a grid. */
function distinct(reader: FieldReader, path: Path, values: unknown[]): unknown[] {
  const seen = new Map<string, number>();
  return values.filter((value, i) => {
    const text = JSON.stringify(value);
    const first = seen.get(text);
    if (first === undefined) seen.set(text, i);
    else reader.warn([...path, 'values', i], `${show(value)} repeats values[${first}] and is left out`);
    return first === undefined;
  });
}

function readProbabilities(
  reader: FieldReader,
  path: Path,
  found: unknown,
  length: number,
): number[] | undefined {
  const list = reader.list(path, found);
  if (list === undefined) return undefined;
  if (list.length !== length) {
    return reader.report(
      path,
      `found ${list.length} probabilities, expected one for each of the ${length} values`,
    );
  }
  const numbers = list.map((p, i) => reader.number([...path, i], p));
  const negative = numbers.findIndex((p) => p !== undefined && p < 0);
  if (negative >= 0)
    return reader.report([...path, negative], `found ${numbers[negative]}, expected at least 0`);
  if (numbers.includes(undefined)) return undefined;
  const sum = (numbers as number[]).reduce((total, p) => total + p, 0);
  if (Math.abs(sum - 1) < 1e-6) return numbers as number[];
  return reader.report(path, `the probabilities add up to ${Number(sum.toPrecision(6))}, expected 1`);
}

function readNormal(
  reader: FieldReader,
  { name, path, fields }: Definition,
  distribution: Distribution,
): ParameterSpec | undefined {
  const mean = reader.number([...path, 'mu'], fields.mu ?? 0);
  const deviation = reader.number([...path, 'sigma'], fields.sigma ?? 1, 0);
  const quantum = readQuantum(reader, path, fields, distribution);
  if (mean === undefined || deviation === undefined) return undefined;
  const scale = distribution.includes('log') ? 'log' : 'linear';
  return { kind: 'normal', name, mean, deviation, scale, ...quantum };
}

function readBeta(
  reader: FieldReader,
  { name, path, fields }: Definition,
  distribution: Distribution,
): ParameterSpec | undefined {
  const a = reader.number([...path, 'a'], fields.a ?? 1, 0);
  const b = reader.number([...path, 'b'], fields.b ?? 1, 0);
  const quantum = readQuantum(reader, path, fields, distribution);
  return a === undefined || b === undefined ? undefined : { kind: 'beta', name, a, b, ...quantum };
}

function readQuantum(
  reader: FieldReader,
  path: Path,
  fields: Record<string, unknown>,
  distribution: Distribution,
): { quantum?: number } {
  if (!distribution.startsWith('q_')) return {};
  const quantum = reader.number([...path, 'q'], fields.q ?? 1, 0);
  return quantum === undefined ? {} : { quantum };
}

interface Limits {
  min: number;
  max: number;
}

function readRange(
  reader: FieldReader,
  definition: Definition,
  distribution: Distribution,
): ParameterSpec | undefined {
  const { name, path, fields } = definition;
  const limits = readLimits(reader, definition, distribution);
  const count = reader.int([...path, 'count'], fields.count, 1);
  const quantum = readQuantum(reader, path, fields, distribution);
  if (limits === undefined) return undefined;
  const points = count === undefined ? {} : { count };
  if (distribution === 'int_uniform') return { kind: 'int', name, ...limits, ...points };
  if (quantum.quantum !== undefined && !hasMultiple(limits, quantum.quantum)) {
    return reader.report([...path, 'q'], `no multiple of ${quantum.quantum} lies between min and max`);
  }
  const scale = distribution.includes('log') ? 'log' : 'linear';
  return { kind: 'float', name, ...limits, scale, ...quantum, ...points };
}

function hasMultiple({ min, max }: Limits, quantum: number): boolean {
  const [first, last] = multiplesWithin(min, max, quantum);
  return first <= last;
}

function readLimits(
  reader: FieldReader,
  { path, fields }: Definition,
  distribution: Distribution,
): Limits | undefined {
  const missing = ['min', 'max'].filter((key) => fields[key] === undefined);
  if (missing.length > 0) {
    return reader.report(path, `distribution ${distribution} needs ${missing.join(' and ')}`, 'key');
  }
  const least = distribution.includes('log') && distribution.endsWith('_values') ? 0 : -Infinity;
  const limit = (key: 'min' | 'max') =>
    distribution === 'int_uniform'
      ? reader.int([...path, key], fields[key], Number.MIN_SAFE_INTEGER)
      : reader.number([...path, key], fields[key], least);
  const [min, max] = [limit('min'), limit('max')];
  if (min === undefined || max === undefined) return undefined;
  if (min > max) return reader.report([...path, 'max'], `found ${max}, expected at least min (${min})`);
  return isExponent(distribution) ? fromExponents(reader, path, distribution, { min, max }) : { min, max };
}

function isExponent(distribution: Distribution): boolean {
  return distribution.includes('log_uniform') && !distribution.endsWith('_values');
}

/** `log_uniform` draws exp(U(min, max)) and `inv_log_uniform` exp(−U(min, max)), as W&B's do: almost always a surprise, so say it. */
function fromExponents(
  reader: FieldReader,
  path: Path,
  distribution: Distribution,
  { min, max }: Limits,
): Limits | undefined {
  const inverse = distribution.startsWith('inv');
  const limits = inverse
    ? { min: Math.exp(-max), max: Math.exp(-min) }
    : { min: Math.exp(min), max: Math.exp(max) };
  const advice = `${distribution} takes powers of e: use ${distribution}_values for limits`;
  if (limits.min === 0 || limits.max === Infinity) {
    return reader.report(path, `e to the power of ${max} or ${min} is no ordinary number; ${advice}`, 'key');
  }
  const [low, high] = [limits.min, limits.max].map((x) => Number(x.toPrecision(4)));
  reader.warn(path, `draws between ${low} and ${high}, because ${advice}`);
  return limits;
}
