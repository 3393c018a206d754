import { isMeasured } from '../core/measured-metric.js';
import { type NamedSeries, named, relativeDifference } from './series-differences.js';
import { studentTQuantile } from './student-t.js';

/** Where a run with another seed is expected: from n runs that differ in nothing else. */
export interface SeedBand {
  n: number;
  mean: number;
  deviation: number;
  low: number;
  high: number;
}

export interface SeedCheck extends SeedBand {
  metric: string;
  original: number;
  reproduction: number;
  holds: boolean;
}

export interface SeedEvidence {
  /** null: cannot be said */
  holds: boolean | null;
  why: string;
  /** runs with other seeds, the original not counted */
  n: number;
  /** that a run like the others would lie outside of a band, over all bands together */
  level: number;
  /** of each metric's last value, those outside first */
  checks: SeedCheck[];
}

export const SEED_LEVEL = 0.05;
/** A few roundings of float32: what no seed changes (the base's own score) may differ by this on another backend. */
const ROUNDING = 1e-6;
/** Two other seeds and the original: a deviation from fewer says next to nothing. */
export const FEWEST_REPLICATES = 2;

/**
 * The prediction interval of one more value: m ± t(1 − level/2, n − 1) · s · √(1 + 1/n) (Student's; values taken as normal).
 *
 * @param level that a value like the others lies outside
 */
export function seedBand(values: readonly number[], level: number): SeedBand {
  const n = values.length;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
  const half = studentTQuantile(1 - level / 2, n - 1) * deviation * Math.sqrt(1 + 1 / n);
  return { n, mean, deviation, low: mean - half, high: mean + half };
}

/**
 * Whether a reproduction is as far from its original as a run with another seed would be: the last value of every metric lies in the band
 * of the original and its replicates, at SEED_LEVEL for all metrics together (Bonferroni).
 */
export function judgeSeedVariance(
  original: readonly NamedSeries[],
  reproduction: readonly NamedSeries[],
  replicates: readonly NamedSeries[][],
): SeedEvidence {
  const base = { n: replicates.length, level: SEED_LEVEL, checks: [] };
  if (replicates.length < FEWEST_REPLICATES) {
    const found = replicates.length === 0 ? 'no other run' : 'one other run';
    const why = `${found} has its config with another seed, and it takes ${FEWEST_REPLICATES}`;
    return { ...base, holds: null, why };
  }
  const metrics = original.map(({ name }) => name).filter((name) => !isMeasured(name));
  const missing = metrics.find((name) => named(reproduction, name).values.length === 0);
  if (missing !== undefined) return { ...base, holds: false, why: `the reproduction has no ${missing}` };
  const level = SEED_LEVEL / Math.max(1, metrics.length);
  const checks = metrics.flatMap((name) => checkMetric(name, original, reproduction, replicates, level));
  return {
    ...base,
    ...conclusion(checks),
    checks: checks.toSorted((a, b) => Number(a.holds) - Number(b.holds)),
  };
}

function checkMetric(
  metric: string,
  original: readonly NamedSeries[],
  reproduction: readonly NamedSeries[],
  replicates: readonly NamedSeries[][],
  level: number,
): SeedCheck[] {
  const [then, now] = [last(original, metric), last(reproduction, metric)];
  const others = replicates.map((series) => last(series, metric)).filter((one) => one !== null);
  if (then === null || now === null || others.length < FEWEST_REPLICATES) return [];
  if (lastStep(original, metric) !== lastStep(reproduction, metric)) {
    const nowhere = { mean: Number.NaN, deviation: Number.NaN, low: Number.NaN, high: Number.NaN };
    return [{ metric, original: then, reproduction: now, holds: false, n: others.length + 1, ...nowhere }];
  }
  const band = seedBand([then, ...others], level);
  const holds = isInBand(band, then, now);
  return [{ metric, original: then, reproduction: now, holds, ...band }];
}

/** Whether a value is where another seed would have put it, or where the original is but for rounding. */
export function isInBand(
  { low, high }: Pick<SeedBand, 'low' | 'high'>,
  original: number,
  value: number,
): boolean {
  return relativeDifference(original, value) <= ROUNDING || (value >= low && value <= high);
}

function conclusion(checks: readonly SeedCheck[]): Pick<SeedEvidence, 'holds' | 'why'> {
  if (checks.length === 0) return { holds: null, why: 'no metric is known of enough replicates' };
  const outside = checks.filter(({ holds }) => !holds);
  if (outside.length === 0)
    return { holds: true, why: `all ${checks.length} last values lie in their bands` };
  return { holds: false, why: `outside of its band: ${outside.map(({ metric }) => metric).join(', ')}` };
}

function last(series: readonly NamedSeries[], metric: string): number | null {
  const { values } = named(series, metric);
  const value = values[values.length - 1];
  return value === undefined || Number.isNaN(value) ? null : value;
}

function lastStep(series: readonly NamedSeries[], metric: string): number | undefined {
  const { steps } = named(series, metric);
  return steps[steps.length - 1];
}
