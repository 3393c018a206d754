import { studentTQuantile } from './student-t.js';

/** What runs that differ in their seed alone logged at one step. */
export interface BandPoint {
  x: number;
  /** how many of them have a finite value there */
  n: number;
  mean: number;
  /** ends of the interval; equal to the mean where n is 1: there is no spread to state */
  low: number;
  high: number;
  /** values there that are NaN or infinite: not in the mean */
  notFinite: number;
}

export interface SeedBand {
  points: BandPoint[];
  /** how many runs the group has */
  runs: number;
}

/** deviation: mean ± s of the sample; interval: where the mean lies with 95 % (Student's t); range: lowest to highest */
export type BandKind = 'deviation' | 'interval' | 'range';

/**
 * Mean and spread of runs at each x where any of them logged. Values are put together only where their x is exactly the same: nothing is
 * interpolated, and n says how many runs are behind each mean.
 */
export function seedBand(
  runs: readonly (readonly { x: number; value: number }[])[],
  kind: BandKind = 'deviation',
): SeedBand {
  const byX = new Map<number, number[]>();
  for (const points of runs) {
    for (const { x, value } of lastOfEach(points)) {
      const held = byX.get(x);
      if (held) held.push(value);
      else byX.set(x, [value]);
    }
  }
  const points = [...byX].sort(([a], [b]) => a - b).map(([x, values]) => bandAt(x, values, kind));
  return { points, runs: runs.length };
}

/** A run that logged a step twice counts once, with its last value. */
function lastOfEach(points: readonly { x: number; value: number }[]): { x: number; value: number }[] {
  const last = new Map(points.map((point) => [point.x, point]));
  return last.size === points.length ? [...points] : [...last.values()];
}

function bandAt(x: number, values: readonly number[], kind: BandKind): BandPoint {
  const finite = values.filter(Number.isFinite);
  const [n, notFinite] = [finite.length, values.length - finite.length];
  const mean = finite.reduce((sum, value) => sum + value, 0) / n;
  if (n < 2) return { x, n, mean, low: mean, high: mean, notFinite };
  if (kind === 'range') return { x, n, mean, low: Math.min(...finite), high: Math.max(...finite), notFinite };
  const deviation = Math.sqrt(finite.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
  const half = kind === 'deviation' ? deviation : (studentTQuantile(0.975, n - 1) * deviation) / Math.sqrt(n);
  return { x, n, mean, low: mean - half, high: mean + half, notFinite };
}
