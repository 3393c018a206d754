import type { RandomStream } from '../core/random.js';
import { neighbours, spread } from './candidates.js';
import { type Dimension, decodePoint, type EncodedSpace, snapPoint } from './encode.js';
import { minimiseInBox } from './lbfgs.js';

/** What is maximised over the space: the logarithm of something positive. */
export interface Acquisition {
  at(x: Float64Array): number;
  slopesAt(x: Float64Array): Sloped;
  /** a cheaper stand-in that says which of many points are worth a look; absent: `at` is cheap enough */
  screen?(x: Float64Array): number;
}

/** A value and its slopes along the ordered dimensions (0 along the others). */
export interface Sloped {
  value: number;
  slopes: Float64Array;
}

export interface Scored {
  x: Float64Array;
  score: number;
}

const SPREAD = 384;
const NEIGHBOURS = 40;
/** of the points that the screen ranks first, these are scored in full */
const SCREENED = 160;
const STARTS = 6;
const ROUNDS = 3;

/**
 * Points that exist with a high score, best first: Sobol points and neighbours of the best trials are scored, the best of them climb (bounded
 * quasi-Newton along the continuous coordinates, then every level of each discrete one, in turns).
 */
export function searchAcquisition(
  acquisition: Acquisition,
  encoded: EncodedSpace,
  centres: readonly Float64Array[],
  stream: RandomStream,
): Scored[] {
  const points = [
    ...spread(encoded, stream, SPREAD),
    ...centres.flatMap((centre) => neighbours(encoded, stream, centre, NEIGHBOURS)),
  ];
  const raw = promising(acquisition, points).map((x) => scoreAt(acquisition, x));
  const starts = raw.sort(byScore).slice(0, STARTS);
  return [...starts.map((start) => climb(acquisition, encoded, start)), ...raw].sort(byScore);
}

function promising({ screen }: Acquisition, points: readonly Float64Array[]): readonly Float64Array[] {
  if (screen === undefined) return points;
  const scored = points.map((x) => ({ x, score: screen(x) })).sort(byScore);
  return scored.slice(0, SCREENED).map(({ x }) => x);
}

/** Every point of a list, best first. */
export function scoreAll(acquisition: Acquisition, points: readonly Float64Array[]): Scored[] {
  return points.map((x) => scoreAt(acquisition, x)).sort(byScore);
}

function byScore(a: Scored, b: Scored): number {
  return b.score - a.score;
}

export function scoreAt(acquisition: Acquisition, x: Float64Array): Scored {
  return { x, score: acquisition.at(x) };
}

function climb(acquisition: Acquisition, encoded: EncodedSpace, start: Scored): Scored {
  let at = start;
  for (let round = 0; round < ROUNDS; round++) {
    const before = at.score;
    at = better(at, climbContinuous(acquisition, encoded, at.x));
    encoded.dimensions.forEach((dimension, j) => {
      at = bestLevel(acquisition, encoded, dimension, j, at);
    });
    if (at.score <= before + 1e-6) break;
  }
  return better(start, scoreIfAllowed(acquisition, encoded, snapPoint(encoded, at.x)));
}

function better(a: Scored, b: Scored): Scored {
  return b.score > a.score ? b : a;
}

/** A forbidden point scores below every other. */
function scoreIfAllowed(acquisition: Acquisition, encoded: EncodedSpace, x: Float64Array): Scored {
  const isForbidden = encoded.isStructured && !encoded.allows(decodePoint(encoded, x));
  return isForbidden ? { x, score: -Infinity } : scoreAt(acquisition, x);
}

/** Along the coordinates that are a continuum; what is absent (NaN) stays so. */
function climbContinuous(acquisition: Acquisition, encoded: EncodedSpace, x: Float64Array): Scored {
  const moves = encoded.dimensions.map(({ levels }, j) => levels === null && !Number.isNaN(x[j]!));
  if (!moves.includes(true)) return scoreAt(acquisition, x);
  const lower = x.map((v, j) => (moves[j] ? 0 : Number.isNaN(v) ? 0 : v));
  const upper = x.map((v, j) => (moves[j] ? 1 : Number.isNaN(v) ? 0 : v));
  const whole = (at: Float64Array) => at.map((v, j) => (moves[j] ? v : x[j]!));
  const evaluate = (at: Float64Array) => {
    const { value, slopes } = acquisition.slopesAt(whole(at));
    return { value: -value, gradient: slopes.map((slope, j) => (moves[j] ? -slope : 0)) };
  };
  const found = minimiseInBox({ lower, upper, evaluate }, x, { maxIterations: 15, tolerance: 1e-3 });
  return scoreIfAllowed(acquisition, encoded, whole(found.x));
}

function bestLevel(
  acquisition: Acquisition,
  encoded: EncodedSpace,
  { levels }: Dimension,
  j: number,
  at: Scored,
): Scored {
  if (levels === null || Number.isNaN(at.x[j]!)) return at;
  return [...levels].reduce((best, level) => {
    if (level === best.x[j]) return best;
    const x = best.x.with(j, level);
    return better(
      best,
      scoreIfAllowed(acquisition, encoded, encoded.isStructured ? snapPoint(encoded, x) : x),
    );
  }, at);
}
