import type { RandomStream } from '../core/random.js';
import { logExpectedImprovement, logExpectedImprovementSlopes } from './acquisition.js';
import { neighbours, spread } from './candidates.js';
import { type Dimension, snapPoint } from './encode.js';
import { type GaussianProcess, predict, predictWithSlopes } from './gaussian-process.js';
import { minimiseInBox } from './lbfgs.js';

/** What is maximised: ln EI over `best` under the process. */
export interface Target {
  gp: GaussianProcess;
  best: number;
}

export interface Scored {
  x: Float64Array;
  score: number;
}

const SPREAD = 512;
const NEIGHBOURS = 40;
const STARTS = 8;
const ROUNDS = 4;

/**
 * Points that exist with high ln EI, best first: Sobol points and neighbours of the best trials are scored, the best of them climb (bounded
 * quasi-Newton along the continuous coordinates, then every level of each discrete one, in turns).
 */
export function searchAcquisition(
  target: Target,
  dimensions: readonly Dimension[],
  centres: readonly Float64Array[],
  stream: RandomStream,
): Scored[] {
  const raw = [
    ...spread(dimensions, stream, SPREAD),
    ...centres.flatMap((centre) => neighbours(dimensions, stream, centre, NEIGHBOURS)),
  ].map((x) => scoreAt(target, x));
  const starts = raw.sort(byScore).slice(0, STARTS);
  return [...starts.map((start) => climb(target, dimensions, start)), ...raw].sort(byScore);
}

/** Every point of a list, best first. */
export function scoreAll(target: Target, points: readonly Float64Array[]): Scored[] {
  return points.map((x) => scoreAt(target, x)).sort(byScore);
}

function byScore(a: Scored, b: Scored): number {
  return b.score - a.score;
}

export function scoreAt({ gp, best }: Target, x: Float64Array): Scored {
  const { mean, sd } = predict(gp, x);
  return { x, score: logExpectedImprovement(best, mean, sd) };
}

function climb(target: Target, dimensions: readonly Dimension[], start: Scored): Scored {
  let at = start;
  for (let round = 0; round < ROUNDS; round++) {
    const before = at.score;
    at = better(at, climbContinuous(target, dimensions, at.x));
    dimensions.forEach((dimension, j) => {
      at = bestLevel(target, dimension, j, at);
    });
    if (at.score <= before + 1e-6) break;
  }
  return better(start, scoreAt(target, snapPoint(dimensions, at.x)));
}

function better(a: Scored, b: Scored): Scored {
  return b.score > a.score ? b : a;
}

function climbContinuous(target: Target, dimensions: readonly Dimension[], x: Float64Array): Scored {
  if (dimensions.every(({ levels }) => levels !== null)) return scoreAt(target, x);
  const lower = Float64Array.from(dimensions, ({ levels }, j) => (levels === null ? 0 : x[j]!));
  const upper = Float64Array.from(dimensions, ({ levels }, j) => (levels === null ? 1 : x[j]!));
  const evaluate = (at: Float64Array) => negatedLogEi(target, dimensions, at);
  const found = minimiseInBox({ lower, upper, evaluate }, x, { maxIterations: 25, tolerance: 1e-3 });
  return { x: found.x, score: -found.value };
}

function negatedLogEi({ gp, best }: Target, dimensions: readonly Dimension[], x: Float64Array) {
  const { mean, sd, meanSlope, sdSlope } = predictWithSlopes(gp, x);
  const { value, byMean, bySd } = logExpectedImprovementSlopes(best, mean, sd);
  const gradient = meanSlope.map((slope, j) =>
    dimensions[j]!.levels === null ? -(byMean * slope + bySd * sdSlope[j]!) : 0,
  );
  return { value: -value, gradient };
}

function bestLevel(target: Target, { levels }: Dimension, j: number, at: Scored): Scored {
  if (levels === null) return at;
  return [...levels].reduce((best, level) => {
    if (level === best.x[j]) return best;
    return better(best, scoreAt(target, best.x.with(j, level)));
  }, at);
}
