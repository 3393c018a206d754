import type { RandomStream } from '../core/random.js';
import { placeIn, quantile, type Sums } from './paired-bootstrap.js';
import { deviationOf, gainOfUnits, sum } from './paired-items.js';
import { studentTQuantile } from './student-t.js';

/**
 * One-sided bounds of a paired gain that hold their level for the scores that evaluations have: losses with a long tail, 0 and 1, groups.
 *
 * Both kinds work on the sample with one unit more, that gains as little as any: without it the bounds are too short for few items with a long
 * tail, and have no width at all where the two score the same on every item. docs/gate.md has the simulations.
 *
 * - Scores without an end, like losses: the extra unit is the worst of the sample, and the bound is the studentised bootstrap's (Efron and
 *   Tibshirani 1993, ch. 12.5), which follows a long tail. t* = (g* − g) / s* of each resample, bound = g − quantile(t*, level) · s.
 * - Scores with ends, like 0 and 1: the extra unit loses all that can be lost, and the bound is Student's. For n items of which none changed
 *   that is about −2.6 / n at 95 %, close to the exact −3 / n. (The bootstrap fails there: most resamples lack the few items that changed.)
 *
 *   g, s  gain of the sample and its standard error      m  units
 */
export interface BoundOptions {
  random: RandomStream;
  /** the least and the most that a unit can gain; null: no end */
  ends?: readonly [number, number] | null;
}

export interface Bounds {
  gain: number;
  /** the gain is above this, at the level for it */
  lower: number;
  upper: number;
  /** of one unit's influence */
  deviation: number;
}

/** Above this many units the tail of the distribution no longer matters to the mean, and a bootstrap would take seconds. */
const MOST_UNITS = 20_000;
const DRAWS = 2e7;

/** @param levels probability that each bound holds, e.g. {lower: 0.95, upper: 0.99} */
export function gainBounds(
  units: Sums,
  levels: { lower: number; upper: number },
  { random, ends = null }: BoundOptions,
): Bounds {
  const gain = gainOfUnits(units);
  const lower = lowerBound(units, levels.lower, random, ends?.[0]);
  const upper = -lowerBound(negated(units), levels.upper, random, ends ? -ends[1] : undefined);
  return { gain, lower: Math.min(lower, gain), upper: Math.max(upper, gain), deviation: deviationOf(units) };
}

/** What the gain is above, at a level. @param end the least that a unit can gain, where there is such an end */
export function lowerBound(units: Sums, level: number, random: RandomStream, end?: number): number {
  const worst = units.totals.reduce(
    (least, total, j) => Math.min(least, total / units.weights[j]!),
    Infinity,
  );
  const least = end ?? worst;
  const more = withOneMore(units, least);
  const m = more.totals.length;
  const gain = gainOfUnits(more);
  const error = deviationOf(more) / Math.sqrt(m);
  if (error === 0) return gain;
  const isStudent = end !== undefined || m > MOST_UNITS;
  const t = isStudent ? studentTQuantile(level, m - 1) : studentisedQuantile(more, level, random);
  return Math.max(least, gain - t * error);
}

/** The units and one more of average weight. */
function withOneMore({ totals, weights }: Sums, gain: number): Sums {
  const weight = sum(weights) / weights.length;
  return {
    totals: Float64Array.from([...totals, gain * weight]),
    weights: Float64Array.from([...weights, weight]),
  };
}

function negated({ totals, weights }: Sums): Sums {
  return { totals: totals.map((one) => -one), weights };
}

function studentisedQuantile(units: Sums, level: number, random: RandomStream): number {
  const count = Math.min(3999, Math.max(999, Math.floor(DRAWS / units.totals.length)));
  const gain = gainOfUnits(units);
  const ratios = Float64Array.from({ length: count }, () => studentised(units, gain, random)).sort();
  return quantile(ratios, level);
}

/** (g* − g) / s* of one resample; infinite where the resample has no spread. */
function studentised({ totals, weights }: Sums, gain: number, random: RandomStream): number {
  const m = totals.length;
  let [t, w, tt, tw, ww] = [0, 0, 0, 0, 0];
  for (let i = 0; i < m; i++) {
    const j = placeIn(m, random);
    const weight = weights[j]!;
    // centred on the gain, so that the squares do not cancel
    const total = totals[j]! - gain * weight;
    t += total;
    w += weight;
    tt += total * total;
    tw += total * weight;
    ww += weight * weight;
  }
  const shift = t / w;
  const squares = tt - 2 * shift * tw + shift * shift * ww;
  const error = Math.sqrt((Math.max(0, squares) * m) / (m - 1)) / w;
  return error > 1e-12 * Math.abs(shift) ? shift / error : Math.sign(shift) * Infinity || 0;
}
