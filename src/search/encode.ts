import { normalCdf } from '../core/normal-distribution.js';
import {
  type CategoricalParameter,
  levelsOf,
  type ParameterSpec,
  type Parameters,
  type SearchSpace,
} from '../core/search-space.js';
import { quantileOf } from '../core/search-space-quantile.js';
import { completePoint, isAllowed, isStructured } from '../core/search-space-structure.js';
import type { DimensionKind } from './kernel.js';

/**
 * Parameters as coordinates of a unit cube, for the model.
 *
 * float, int    position between min and max, on the logarithm for log scales
 * normal        its distribution function's value (log-normal: of the logarithm)
 * beta          the value itself
 * categorical   numbers only: rank among the sorted values, evenly spaced (4, 8, 16, 32 are four equal steps); else an index without order
 */
export interface Dimension {
  name: string;
  kind: DimensionKind;
  /** all positions that exist, in order, where they are few; null for a continuum or many */
  levels: Float64Array | null;
  encode(value: unknown): number;
  /** the value at the nearest position that exists */
  decode(position: number): unknown;
  /** the position below which a share u of the parameter's own distribution lies */
  fromUnit(u: number): number;
}

export const MAX_LEVELS = 24;

/** The dimensions in which the space varies; constants and one-valued parameters have none. */
export function dimensionsOf(space: SearchSpace): Dimension[] {
  return space.map(withoutCount).filter(varies).map(dimensionOf);
}

/** `count` is for grids only: the samplers see the whole range. */
export function withoutCount(parameter: ParameterSpec): ParameterSpec {
  return 'count' in parameter ? { ...parameter, count: undefined } : parameter;
}

function varies(parameter: ParameterSpec): boolean {
  return (levelsOf(parameter)?.length ?? 2) > 1;
}

function dimensionOf(parameter: ParameterSpec): Dimension {
  if (parameter.kind === 'categorical') return categoryDimension(parameter);
  const { name } = parameter;
  const encode = (value: unknown) => (typeof value === 'number' ? positionOf(parameter, value) : 0.5);
  const decode = (position: number) => valueAt(parameter, position);
  const fromUnit = (u: number) => encode(quantileOf(parameter, inside(u)));
  const values = levelsOf(parameter, MAX_LEVELS);
  const levels = values === null || values.length > MAX_LEVELS ? null : Float64Array.from(values, encode);
  return { name, kind: 'ordered', levels, encode, decode, fromUnit };
}

/** Probability 0 and 1 are infinite for a normal distribution: cut off a millionth. */
function inside(u: number): number {
  return Math.min(1 - 1e-6, Math.max(1e-6, u));
}

function clamp01(x: number): number {
  return Number.isNaN(x) ? 0.5 : Math.min(1, Math.max(0, x));
}

function positionOf(parameter: ParameterSpec, value: number): number {
  switch (parameter.kind) {
    case 'int':
    case 'float': {
      const at = parameter.scale === 'log' ? Math.log : Number;
      return clamp01((at(value) - at(parameter.min)) / (at(parameter.max) - at(parameter.min)));
    }
    case 'normal': {
      const x = parameter.scale === 'log' ? Math.log(value) : value;
      return clamp01(normalCdf((x - parameter.mean) / parameter.deviation));
    }
    default:
      return clamp01(value);
  }
}

/** For every kind but beta the position is the share of the distribution; an int's cells are centred on its positions. */
function valueAt(parameter: ParameterSpec, position: number): unknown {
  if (parameter.kind === 'int') {
    const { min, max } = parameter;
    const at = parameter.scale === 'log' ? min * (max / min) ** position : min + position * (max - min);
    return Math.min(max, Math.max(min, Math.round(at)));
  }
  if (parameter.kind === 'beta')
    return quantileOf({ kind: 'float', ...UNIT, ...parameterQuantum(parameter) }, position);
  return quantileOf(parameter, parameter.kind === 'normal' ? inside(position) : position);
}

const UNIT = { name: '', min: 0, max: 1, scale: 'linear' } as const;

function parameterQuantum({ quantum }: { quantum?: number }): { quantum?: number } {
  return quantum === undefined ? {} : { quantum };
}

function categoryDimension(parameter: CategoricalParameter): Dimension {
  const values = possible(parameter);
  const areNumbers = values.every((value) => typeof value === 'number');
  const isOrdered = parameter.ordered ?? areNumbers;
  const order = isOrdered && areNumbers ? [...(values as number[])].sort((a, b) => a - b) : values;
  const texts = order.map((value) => JSON.stringify(value));
  const step = isOrdered ? 1 / (order.length - 1) : 1;
  const decode = (position: number) =>
    order[Math.min(order.length - 1, Math.max(0, Math.round(position / step)))];
  const encode = (value: unknown) => texts.indexOf(JSON.stringify(value)) * step;
  return {
    name: parameter.name,
    kind: isOrdered ? 'ordered' : 'unordered',
    levels: Float64Array.from(order, (_, i) => i * step),
    encode,
    decode,
    fromUnit: (u) => encode(quantileOf(parameter, u)),
  };
}

/** The values that can be drawn: those of probability 0 cannot. */
function possible({ values, probabilities }: CategoricalParameter): unknown[] {
  const positive = values.filter((_, i) => (probabilities?.[i] ?? 1) > 0);
  return positive.length > 1 ? positive : values;
}

/** A space as the samplers work with it. */
export interface EncodedSpace {
  space: SearchSpace;
  dimensions: readonly Dimension[];
  /** parameters may be absent or tied, or points forbidden */
  isStructured: boolean;
  allows(point: Parameters): boolean;
}

export function encodedSpace(space: SearchSpace, constraints: readonly string[] = []): EncodedSpace {
  return {
    ...{ space, dimensions: dimensionsOf(space), isStructured: isStructured(space, constraints) },
    allows: (point) => constraints.length === 0 || isAllowed(space, constraints, point),
  };
}

/** Positions of a point. A parameter that is absent because of its `when` has none: NaN. */
export function encodePoint({ dimensions, isStructured }: EncodedSpace, params: Parameters): Float64Array {
  return Float64Array.from(dimensions, ({ name, encode }) =>
    isStructured && params[name] === undefined ? Number.NaN : encode(params[name]),
  );
}

/** A complete point of the space, with its constants, names in the space's order. */
export function decodePoint(encoded: EncodedSpace, x: Float64Array): Parameters {
  const { space, dimensions } = encoded;
  const varying = new Map(
    dimensions.map((dimension, i) => [dimension.name, dimension.decode(present(x[i]!))]),
  );
  const free = Object.fromEntries(
    space.map((parameter) => [
      parameter.name,
      varying.has(parameter.name) ? varying.get(parameter.name) : levelsOf(withoutCount(parameter))![0],
    ]),
  );
  return encoded.isStructured ? completePoint(space, free) : free;
}

/** What was absent starts in the middle. */
function present(position: number): number {
  return Number.isNaN(position) ? 0.5 : position;
}

/** The nearest point that exists. */
export function snapPoint(encoded: EncodedSpace, x: Float64Array): Float64Array {
  if (encoded.isStructured) return encodePoint(encoded, decodePoint(encoded, x));
  return Float64Array.from(encoded.dimensions, (dimension, i) => dimension.encode(dimension.decode(x[i]!)));
}
