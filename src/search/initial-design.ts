import { RandomStream } from '../core/random.js';
import type { Parameters } from '../core/search-space.js';
import { type Dimension, decodePoint, type EncodedSpace, encodePoint } from './encode.js';
import { pointKey, type SearchPolicy, type TrialRecord } from './sampler.js';
import { MAX_SOBOL_DIMENSIONS, scrambledSobolPoint } from './sobol.js';

/**
 * How many trials come before the model: one more than there are dimensions, at least four, at most a fifth of the sweep (but three).
 * Few, because in a sweep of 20 trials each one spent blindly is dear.
 */
export function initialTrials(dimensions: number, runCap: number | null | undefined): number {
  const wanted = Math.max(4, dimensions + 1);
  return runCap == null ? wanted : Math.min(wanted, Math.max(3, Math.ceil(0.2 * runCap)));
}

/** Trials that count towards the initial design. */
export function usefulTrials(history: readonly TrialRecord[]): number {
  return history.filter(({ state }) => state !== 'failed' && state !== 'cancelled').length;
}

/** The recipe's own values where they are a point of the space; undefined where they are not, or not complete. */
export function defaultPoint(encoded: EncodedSpace, { defaults }: SearchPolicy): Parameters | undefined {
  return defaults ? pointAsWritten(encoded, defaults) : undefined;
}

/**
 * The point of these values, exactly as written; undefined where one of them is missing or impossible, or the point is forbidden. A parameter
 * that is not there at this point needs no value.
 */
export function pointAsWritten(encoded: EncodedSpace, values: Parameters): Parameters | undefined {
  const { dimensions } = encoded;
  const isFaulty = (dimension: Dimension) =>
    values[dimension.name] === undefined
      ? !encoded.isStructured
      : !isPossible(dimension, values[dimension.name]);
  if (dimensions.some(isFaulty)) return undefined;
  const point = decodePoint(encoded, encodePoint(encoded, values));
  if (dimensions.some(({ name }) => name in point && values[name] === undefined)) return undefined;
  const exact = dimensions.filter(({ name }) => name in point).map(({ name }) => [name, values[name]]);
  const whole = { ...point, ...Object.fromEntries(exact) };
  return encoded.allows(whole) ? whole : undefined;
}

/** A value is possible if encoding and decoding give it back (to rounding). */
function isPossible({ encode, decode }: Dimension, value: unknown): boolean {
  if (value === undefined || encode(value) < 0) return false;
  const back = decode(encode(value));
  if (typeof value !== 'number' || typeof back !== 'number')
    return JSON.stringify(value) === JSON.stringify(back);
  return Math.abs(value - back) <= 1e-9 * Math.max(Math.abs(value), Math.abs(back));
}

const LOOKS = 256;
/** where constraints forbid most of the space */
const STRUCTURED_LOOKS = 8192;

/** The first of the scrambled Sobol points from number `index` on that was not tried, drawn through the parameters' distributions. */
export function sobolParameters(
  encoded: EncodedSpace,
  seed: number,
  index: number,
  tried: ReadonlySet<string>,
): Parameters | undefined {
  const looks = encoded.isStructured ? STRUCTURED_LOOKS : LOOKS;
  for (let i = 0; i < looks; i++) {
    const params = decodePoint(encoded, designPosition(encoded.dimensions, seed, index + i));
    if (!tried.has(pointKey(params)) && encoded.allows(params)) return params;
  }
  return undefined;
}

/** Number `index` of the sweep's scrambled Sobol points, as positions; dimensions beyond the table are independent draws. */
function designPosition(dimensions: readonly Dimension[], seed: number, index: number): Float64Array {
  const random = new RandomStream(seed, 'design');
  const tabled = Math.min(dimensions.length, MAX_SOBOL_DIMENSIONS);
  const u = scrambledSobolPoint(
    index,
    Uint32Array.from({ length: tabled }, () => random.nextUint32()),
  );
  const rest = new RandomStream(seed, `design/${index}`);
  return Float64Array.from(dimensions, (dimension, j) =>
    dimension.fromUnit(j < tabled ? u[j]! : rest.next()),
  );
}
