import { normalQuantile } from '../core/search-space-distributions.js';
import type { Bounds } from './paired-bounds.js';

/**
 * How many more units let a test decide, if what has been seen so far is how it is.
 *
 *   g  mean margin so far      σ  deviation of a unit      α  level of the test      1 − β  power that is planned for
 *   n = (σ (z_{1−α} + z_{1−β}) / g)²
 *
 * σ is the larger of the units' deviation and the one that the bound implies, which is wider for few units and long tails. With a positive margin
 * it is the number that would show that the requirement is met, with a negative one that it is missed.
 * @returns Infinity where the margin so far is nothing at all
 */
export function moreUnits(
  { gain, lower, upper, deviation }: Bounds,
  m: number,
  levels: { met: number; violated: number },
  { power, minimumItems }: { power: number; minimumItems: number },
): number {
  const z = normalQuantile(gain > 0 ? levels.met : levels.violated);
  const width = gain > 0 ? gain - lower : upper - gain;
  const implied = (width * Math.sqrt(m)) / z;
  const needed = ((Math.max(deviation, implied) * (z + normalQuantile(power))) / gain) ** 2;
  return Math.max(minimumItems - m, Math.ceil(needed) - m, 0);
}
