import type { RandomStream } from '../core/random.js';
import { logExpectedImprovement, logExpectedImprovementSlopes } from './acquisition.js';
import { neighbours, spread } from './candidates.js';
import { type Dimension, decodePoint, type EncodedSpace, snapPoint } from './encode.js';
import { type Anchor, type GaussianProcess, predict, predictWithSlopes } from './gaussian-process.js';
import { minimiseInBox } from './lbfgs.js';

/** What is maximised: ln of the expected improvement, averaged over the models by their shares. */
export type Target = readonly TargetModel[];

export interface TargetModel {
  gp: GaussianProcess;
  /** the value to improve on, as this model sees it */
  best: number;
  /** the point that has it */
  anchor: Anchor;
  share: number;
}

export interface Scored {
  x: Float64Array;
  score: number;
}

const SPREAD = 384;
const NEIGHBOURS = 40;
/** of the points that the leading model ranks first, these are scored by all */
const SEEN_BY_ALL = 160;
const STARTS = 6;
const ROUNDS = 3;

/**
 * Points that exist with high ln EI, best first: Sobol points and neighbours of the best trials are scored, the best of them climb (bounded
 * quasi-Newton along the continuous coordinates, then every level of each discrete one, in turns).
 */
export function searchAcquisition(
  target: Target,
  encoded: EncodedSpace,
  centres: readonly Float64Array[],
  stream: RandomStream,
): Scored[] {
  const points = [
    ...spread(encoded, stream, SPREAD),
    ...centres.flatMap((centre) => neighbours(encoded, stream, centre, NEIGHBOURS)),
  ];
  const raw = promising(target, points).map((x) => scoreAt(target, x));
  const starts = raw.sort(byScore).slice(0, STARTS);
  return [...starts.map((start) => climb(target, encoded, start)), ...raw].sort(byScore);
}

/** With several models: the points that look best to the one with the largest share, because each look costs. */
function promising(target: Target, points: readonly Float64Array[]): readonly Float64Array[] {
  if (target.length === 1) return points;
  const leading = [target.reduce((a, b) => (b.share > a.share ? b : a))];
  const scored = points.map((x) => scoreAt(leading, x)).sort(byScore);
  return scored.slice(0, SEEN_BY_ALL).map(({ x }) => x);
}

/** Every point of a list, best first. */
export function scoreAll(target: Target, points: readonly Float64Array[]): Scored[] {
  return points.map((x) => scoreAt(target, x)).sort(byScore);
}

function byScore(a: Scored, b: Scored): number {
  return b.score - a.score;
}

export function scoreAt(target: Target, x: Float64Array): Scored {
  const logs = target.map(({ gp, best, share, anchor }) => {
    const { mean, sd } = predict(gp, x, anchor);
    return Math.log(share) + logExpectedImprovement(best, mean, sd);
  });
  return { x, score: logSumExp(logs) };
}

function logSumExp(logs: readonly number[]): number {
  const top = Math.max(...logs);
  return top + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - top), 0));
}

function climb(target: Target, encoded: EncodedSpace, start: Scored): Scored {
  let at = start;
  for (let round = 0; round < ROUNDS; round++) {
    const before = at.score;
    at = better(at, climbContinuous(target, encoded, at.x));
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
function scoreIfAllowed(target: Target, encoded: EncodedSpace, x: Float64Array): Scored {
  const isForbidden = encoded.isStructured && !encoded.allows(decodePoint(encoded, x));
  return isForbidden ? { x, score: -Infinity } : scoreAt(target, x);
}

/** Along the coordinates that are a continuum; what is absent (NaN) stays so. */
function climbContinuous(target: Target, encoded: EncodedSpace, x: Float64Array): Scored {
  const moves = encoded.dimensions.map(({ levels }, j) => levels === null && !Number.isNaN(x[j]!));
  if (!moves.includes(true)) return scoreAt(target, x);
  const lower = x.map((v, j) => (moves[j] ? 0 : Number.isNaN(v) ? 0 : v));
  const upper = x.map((v, j) => (moves[j] ? 1 : Number.isNaN(v) ? 0 : v));
  const whole = (at: Float64Array) => at.map((v, j) => (moves[j] ? v : x[j]!));
  const evaluate = (at: Float64Array) => negatedLogEi(target, moves, whole(at));
  const found = minimiseInBox({ lower, upper, evaluate }, x, { maxIterations: 15, tolerance: 1e-3 });
  return scoreIfAllowed(target, encoded, whole(found.x));
}

/** d ln Σ_k EI_k is the mean of d ln EI_k weighed by EI_k. */
function negatedLogEi(target: Target, moves: readonly boolean[], x: Float64Array) {
  const parts = target.map(({ gp, best, share, anchor }) => {
    const { mean, sd, meanSlope, sdSlope } = predictWithSlopes(gp, x, anchor);
    const { value, byMean, bySd } = logExpectedImprovementSlopes(best, mean, sd);
    return { log: Math.log(share) + value, slopes: meanSlope.map((m, j) => byMean * m + bySd * sdSlope[j]!) };
  });
  const value = logSumExp(parts.map(({ log }) => log));
  const gradient = new Float64Array(moves.length);
  for (const { log, slopes } of parts) {
    const weight = Math.exp(log - value);
    moves.forEach((does, j) => {
      if (does) gradient[j]! -= weight * slopes[j]!;
    });
  }
  return { value: -value, gradient };
}

function bestLevel(
  target: Target,
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
