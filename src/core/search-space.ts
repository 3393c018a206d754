/**
 * A search space in one normal form, whatever way the YAML said it. Names are dotted paths (`optimizer.learningRate`).
 *
 * constant     always `value`
 * categorical  one of `values` (any JSON values); all equally likely unless `probabilities` are given; `ordered` values are in order as listed,
 *              unordered ones equally far apart; where it is not said, numbers are ordered by size and other values unordered
 * float        between min and max (both included) on the scale; with `quantum` q only multiples of q; with `count` a grid of that many points
 * int          a whole number between min and max (both included) on the scale (linear if not given)
 * tied         calculated from other parameters by a formula (expression.ts)
 * normal       normal with `mean` and `deviation`, unbounded; scale log: the exponential of that (log-normal)
 * beta         the Beta(a, b) distribution on [0, 1]
 *
 * Any of them may have `when`, a formula: the parameter is there only where it is true.
 */
export type ParameterSpec = { when?: string } & (
  | ConstantParameter
  | CategoricalParameter
  | FloatParameter
  | IntParameter
  | NormalParameter
  | BetaParameter
  | TiedParameter
);

export interface ConstantParameter {
  kind: 'constant';
  name: string;
  value: unknown;
}
export interface CategoricalParameter {
  kind: 'categorical';
  name: string;
  values: unknown[];
  probabilities?: number[];
  ordered?: boolean;
}
/** linear: x is uniform; log: ln x is uniform */
export type Scale = 'linear' | 'log';
export interface FloatParameter {
  kind: 'float';
  name: string;
  min: number;
  max: number;
  scale: Scale;
  quantum?: number;
  count?: number;
}
export interface IntParameter {
  kind: 'int';
  name: string;
  min: number;
  max: number;
  scale?: Scale;
  count?: number;
}
export interface NormalParameter {
  kind: 'normal';
  name: string;
  mean: number;
  deviation: number;
  scale: Scale;
  quantum?: number;
}
export interface BetaParameter {
  kind: 'beta';
  name: string;
  a: number;
  b: number;
  quantum?: number;
}

export interface TiedParameter {
  kind: 'tied';
  name: string;
  expression: string;
}

/** Parameters in the order of the file; a grid counts the last one fastest. */
export type SearchSpace = readonly ParameterSpec[];

/** One point of a space: dotted name → value. */
export type Parameters = Record<string, unknown>;

/**
 * The values that a parameter can take, in order, or null if they are a continuum (or a distribution without bounds).
 * A grid counts through them; `limit` keeps a huge int range from filling the memory: null beyond it.
 */
export function levelsOf(parameter: ParameterSpec, limit = 1_000_000): unknown[] | null {
  switch (parameter.kind) {
    case 'constant':
      return [parameter.value];
    case 'tied':
      return [undefined];
    case 'categorical':
      return parameter.values;
    case 'int':
      return intLevels(parameter, limit);
    case 'float':
      return floatLevels(parameter, limit);
    default:
      return null;
  }
}

function intLevels(parameter: IntParameter, limit: number): number[] | null {
  const { min, max, count } = parameter;
  if (count !== undefined) return [...new Set(spread(parameter, count, parameter.scale).map(Math.round))];
  return max - min + 1 > limit ? null : Array.from({ length: max - min + 1 }, (_, i) => min + i);
}

function floatLevels(parameter: FloatParameter, limit: number): number[] | null {
  const { min, max, quantum, count } = parameter;
  if (quantum !== undefined && count === undefined) {
    const [first, last] = multiplesWithin(min, max, quantum);
    return last - first + 1 > limit ? null : range(first, last).map((k) => multiple(k, quantum));
  }
  if (count === undefined) return min === max ? [min] : null;
  const points = spread(parameter, count, parameter.scale);
  return quantum === undefined ? points : [...new Set(points.map((x) => quantise(x, quantum, min, max)))];
}

interface Range {
  min: number;
  max: number;
}

/** `count` points from min to max, both included, evenly spaced on the scale. */
function spread({ min, max }: Range, count: number, scale: Scale = 'linear'): number[] {
  if (count === 1) return [min];
  return Array.from({ length: count }, (_, i) => {
    if (i === 0) return min;
    if (i === count - 1) return max;
    const t = i / (count - 1);
    return scale === 'log' ? min * (max / min) ** t : min + t * (max - min);
  });
}

/** The first and last k for which k·quantum lies within [min, max] (to rounding). */
export function multiplesWithin(min: number, max: number, quantum: number): [number, number] {
  return [Math.ceil(min / quantum - 1e-9), Math.floor(max / quantum + 1e-9)];
}

/** The multiple of `quantum` nearest to x, kept within [min, max]: W&B's round(x/q)·q, which may leave the range by half a step. */
export function quantise(x: number, quantum: number, min = -Infinity, max = Infinity): number {
  const [first, last] = multiplesWithin(min, max, quantum);
  return multiple(Math.min(Math.max(Math.round(x / quantum), first), last), quantum);
}

/** k·quantum without the dirt of binary fractions: 3 times 0.1 is 0.3. */
function multiple(k: number, quantum: number): number {
  return Number((k * quantum).toPrecision(14));
}

function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
}
