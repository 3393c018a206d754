import type { Acquisition } from './acquisition-function.js';
import { type Dimension, decodePoint, type EncodedSpace, snapPoint } from './encode.js';
import { minimiseInBox } from './lbfgs.js';

export interface Scored {
  x: Float64Array;
  score: number;
}

const ROUNDS = 3;

export function byScore(a: Scored, b: Scored): number {
  return b.score - a.score;
}

export function scoreAt(target: Acquisition, x: Float64Array): Scored {
  return { x, score: target.value(x) };
}

/** Up from a point: bounded quasi-Newton along the continuous coordinates, then every level of each discrete one, in turns. */
export function climb(target: Acquisition, encoded: EncodedSpace, start: Scored): Scored {
  let at = start;
  for (let round = 0; round < ROUNDS; round++) {
    at = better(at, climbContinuous(target, encoded, at.x));
    const before = at.score;
    encoded.dimensions.forEach((dimension, j) => {
      at = bestLevel(target, encoded, dimension, j, at);
    });
    if (at.score <= before + 1e-6) break;
  }
  return better(start, scoreIfAllowed(target, encoded, snapPoint(encoded, at.x)));
}

function better(a: Scored, b: Scored): Scored {
  return b.score > a.score ? b : a;
}

/** A forbidden point scores below every other. */
export function scoreIfAllowed(target: Acquisition, encoded: EncodedSpace, x: Float64Array): Scored {
  const isForbidden = encoded.isStructured && !encoded.allows(decodePoint(encoded, x));
  return isForbidden ? { x, score: -Infinity } : scoreAt(target, x);
}

/** Along the coordinates that are a continuum; what is absent (NaN) stays so. */
export function climbContinuous(target: Acquisition, encoded: EncodedSpace, x: Float64Array): Scored {
  const moves = encoded.dimensions.map(({ levels }, j) => levels === null && !Number.isNaN(x[j]!));
  if (!moves.includes(true)) return scoreAt(target, x);
  const lower = x.map((v, j) => (moves[j] ? 0 : Number.isNaN(v) ? 0 : v));
  const upper = x.map((v, j) => (moves[j] ? 1 : Number.isNaN(v) ? 0 : v));
  const whole = (at: Float64Array) => at.map((v, j) => (moves[j] ? v : x[j]!));
  const evaluate = (at: Float64Array) => negated(target, moves, whole(at));
  const found = minimiseInBox({ lower, upper, evaluate }, x, { maxIterations: 15, tolerance: 1e-3 });
  return scoreIfAllowed(target, encoded, whole(found.x));
}

function negated(target: Acquisition, moves: readonly boolean[], x: Float64Array) {
  const { value, slopes } = target.sloped(x);
  return { value: -value, gradient: slopes.map((slope, j) => (moves[j] ? -slope : 0)) };
}

function bestLevel(
  target: Acquisition,
  encoded: EncodedSpace,
  { levels }: Dimension,
  j: number,
  at: Scored,
): Scored {
  if (levels === null || Number.isNaN(at.x[j]!)) return at;
  return [...levels].reduce((best, level) => {
    if (level === best.x[j]) return best;
    const x = best.x.with(j, level);
    return better(best, scoreIfAllowed(target, encoded, encoded.isStructured ? snapPoint(encoded, x) : x));
  }, at);
}
