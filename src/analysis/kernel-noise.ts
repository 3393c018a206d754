import { isMeasured } from '../core/measured-metric.js';
import { type NamedSeries, named, relativeDifference, seriesDifferences } from './series-differences.js';

/** The first steps of a config, executed once somewhere. Executions with equal `what` ought to have the same numbers. */
export interface ProbedSteps {
  id: string;
  /** hash of config, seed, data and model: all but where it was executed */
  what: string;
  /** environmentKey of where it was executed */
  where: string;
  steps: number;
  series: NamedSeries[];
  /** relative distance of the trained weights from those of other executions, by their IDs */
  weightDistances: Record<string, number>;
}

/** How far equal runs part between two places, as probes of it have shown. */
export interface NoiseBounds {
  pairs: number;
  /** fewest steps that a pair had in common */
  steps: number;
  /** largest relative difference of each metric within those steps */
  largest: Record<string, number>;
  /** largest relative distance of the trained weights; null: never measured */
  weights: number | null;
}

/** Either bounds, or why there are none. */
export type NoiseEvidence = { bounds: NoiseBounds } | { why: string };

/** Probes show the first steps of a few orders of the data; a run may be this much noisier. Measured: docs/reproduce.md. */
export const NOISE_MARGIN = 10;
/** What parts further within a probe gives no bound: dropout falls on other tokens on another backend, and AdamW makes steps of roundings. */
export const LARGEST_NOISE = 1e-3;
export const UNPROBED = 'no probe has compared the two';
const LOSS = 'train/loss';

/**
 * Bounds between two places from all pairs of executions of the same thing, one here and one there. For a place and itself that takes two
 * executions there.
 */
export function noiseBetween(executions: readonly ProbedSteps[], here: string, there: string): NoiseEvidence {
  const pairs = executions.flatMap((a, i) =>
    executions
      .slice(i + 1)
      .filter((b) => a.what === b.what && joins(a, b, here, there))
      .map((b) => noiseOfPair(a, b)),
  );
  if (pairs.length === 0) return { why: UNPROBED };
  const bounds = pairs.reduce(merged);
  const worst = Math.max(0, ...Object.values(bounds.largest));
  if (worst <= LARGEST_NOISE) return { bounds };
  const within = `${bounds.steps} steps`;
  return {
    why: `probes part there by ${worst.toPrecision(2)} of a value within ${within}, too far to tell noise from a change`,
  };
}

function joins(a: ProbedSteps, b: ProbedSteps, here: string, there: string): boolean {
  return (a.where === here && b.where === there) || (a.where === there && b.where === here);
}

function noiseOfPair(a: ProbedSteps, b: ProbedSteps): NoiseBounds {
  const steps = Math.min(a.steps, b.steps);
  const [first, second] = [a, b].map(({ series }) => series.map((one) => upTo(one, steps)));
  const names = first!.map(({ name }) => name).filter((name) => !isMeasured(name));
  const largest = Object.fromEntries(names.map((name) => [name, 0]));
  for (const { metric, relative } of seriesDifferences(first!, second!)) {
    if (!isMeasured(metric)) largest[metric] = Math.max(largest[metric] ?? 0, relative);
  }
  return { pairs: 1, steps, largest, weights: a.weightDistances[b.id] ?? b.weightDistances[a.id] ?? null };
}

function upTo({ name, steps, values }: NamedSeries, last: number): NamedSeries {
  const count = Array.from(steps).filter((step) => step <= last).length;
  return { name, steps: Array.from(steps).slice(0, count), values: Array.from(values).slice(0, count) };
}

function merged(a: NoiseBounds, b: NoiseBounds): NoiseBounds {
  const names = new Set([...Object.keys(a.largest), ...Object.keys(b.largest)]);
  const most = (name: string) => Math.max(a.largest[name] ?? 0, b.largest[name] ?? 0);
  return {
    pairs: a.pairs + b.pairs,
    steps: Math.min(a.steps, b.steps),
    largest: Object.fromEntries([...names].map((name) => [name, most(name)])),
    weights: a.weights === null ? b.weights : Math.max(a.weights, b.weights ?? 0),
  };
}

/**
 * The largest relative difference of a metric at a step that counts as noise: what probes showed, with the margin, and beyond the probed
 * steps in proportion to the step. A metric that no probe has is taken to be as noisy as the training loss.
 */
export function noiseAt(bounds: NoiseBounds, metric: string, step: number): number {
  const probed =
    bounds.largest[metric] ?? bounds.largest[LOSS] ?? Math.max(0, ...Object.values(bounds.largest));
  return probed * NOISE_MARGIN * Math.max(1, step / bounds.steps);
}

/** As noiseAt, for the weights at the end. */
export function weightNoiseAt({ weights, steps }: NoiseBounds, lastStep: number): number | null {
  return weights === null ? null : weights * NOISE_MARGIN * Math.max(1, lastStep / steps);
}

/**
 * Whether a difference is noise. Metrics that no probe has (evaluations, and changes of them, which are near zero) are measured against
 * the loss that the run began with, of whose size they are made.
 */
export function isNoise(
  bounds: NoiseBounds,
  {
    metric,
    step,
    original,
    reproduction,
  }: { metric: string; step: number; original: number | null; reproduction: number | null },
  firstLoss: number,
): boolean {
  const limit = noiseAt(bounds, metric, step);
  if (relativeDifference(original, reproduction) <= limit) return true;
  if (metric in bounds.largest || original === null || reproduction === null) return false;
  return Math.abs(original - reproduction) <= limit * Math.abs(firstLoss);
}

/** The first training loss of a run: 0 if it has none. */
export function firstLossOf(series: readonly NamedSeries[]): number {
  return named(series, LOSS).values[0] ?? 0;
}
