import { normalCdf } from '../core/normal-distribution.js';
import type { RandomStream } from '../core/random.js';
import { normalQuantile } from '../core/search-space-distributions.js';
import { gainOfUnits, type Units } from './paired-items.js';

/**
 * The bootstrap's interval of a paired gain, bias-corrected and accelerated (BCa; Efron 1987, Better Bootstrap Confidence Intervals).
 *
 *   θ  the gain            θ*  gains of resampled units, sorted      p  share of θ* below θ, ties by half
 *   z₀ = Φ⁻¹(p)  bias      a = Σ u³ / (6 (Σ u²)^1.5)  acceleration, u = mean of the jackknife − θ without unit j
 *   the end for level q is the quantile Φ(z₀ + (z₀ + z_q) / (1 − a (z₀ + z_q))) of θ*
 */
export type Sums = Pick<Units, 'totals' | 'weights'>;

const { floor } = Math;

/** A uniform whole number from 0 to m − 1, of 32 random bits: m is far below 2³². */
export function placeIn(m: number, random: RandomStream): number {
  return floor((random.nextUint32() / 4294967296) * m);
}

/** Gains of `count` samples of m units with replacement, in order of size. */
export function resampledGains({ totals, weights }: Sums, count: number, random: RandomStream): Float64Array {
  const m = totals.length;
  const gains = Float64Array.from({ length: count }, () => {
    let [total, weight] = [0, 0];
    for (let i = 0; i < m; i++) {
      const j = placeIn(m, random);
      total += totals[j]!;
      weight += weights[j]!;
    }
    return total / weight;
  });
  return gains.sort();
}

/**
 * The two ends at a confidence level.
 * @param gains sorted, from resampledGains
 * @returns the gain itself twice if all units gain the same
 */
export function bcaInterval(units: Sums, gains: Float64Array, confidence: number): [number, number] {
  const gain = gainOfUnits(units);
  if (gains.at(0) === gains.at(-1)) return [gain, gain];
  const bias = normalQuantile(shareBelow(gains, gain));
  const acceleration = accelerationOf(units);
  const end = (level: number) => {
    const z = bias + normalQuantile(level);
    return quantile(gains, normalCdf(bias + z / (1 - acceleration * z)));
  };
  const tail = (1 - confidence) / 2;
  return [end(tail), end(1 - tail)];
}

function shareBelow(gains: Float64Array, gain: number): number {
  let [below, equal] = [0, 0];
  for (const one of gains) {
    if (one < gain) below++;
    else if (one === gain) equal++;
  }
  return (below + equal / 2) / gains.length;
}

function accelerationOf({ totals, weights }: Sums): number {
  const total = totals.reduce((a, b) => a + b, 0);
  const weight = weights.reduce((a, b) => a + b, 0);
  const without = totals.map((one, j) => (total - one) / (weight - weights[j]!));
  const mean = without.reduce((a, b) => a + b, 0) / without.length;
  const squares = without.reduce((s, one) => s + (mean - one) ** 2, 0);
  const cubes = without.reduce((s, one) => s + (mean - one) ** 3, 0);
  return squares === 0 ? 0 : cubes / (6 * squares ** 1.5);
}

/** With linear interpolation between the sorted values; the ends for a level that is no number (too few resamples). */
export function quantile(sorted: Float64Array, level: number): number {
  const place = Math.min(1, Math.max(0, Number.isNaN(level) ? 0.5 : level)) * (sorted.length - 1);
  const low = Math.floor(place);
  const [a, b] = [sorted[low]!, sorted[Math.min(low + 1, sorted.length - 1)]!];
  return a + (place - low) * (b - a);
}
