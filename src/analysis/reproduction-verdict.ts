import { isMeasured } from '../core/measured-metric.js';
import { type MetricJson, metricToJson } from '../core/metric-value.js';
import {
  firstLossOf,
  isNoise,
  type NoiseBounds,
  type NoiseEvidence,
  noiseAt,
  weightNoiseAt,
} from './kernel-noise.js';
import { judgeSeedVariance, type SeedEvidence } from './seed-variance.js';
import {
  type Difference,
  earliest,
  type NamedSeries,
  named,
  seriesDifferences,
} from './series-differences.js';

/** From the strictest class to none. Rows from before page 0042 have `within_tolerance` and `differs` instead of the last three. */
export const VERDICTS = ['identical', 'within_kernel_noise', 'within_seed_variance', 'different'] as const;
export type VerdictWord = (typeof VERDICTS)[number];

/** How far the trained weights are apart; `why`: they were not compared. */
export type WeightEvidence =
  | { relative: number; largestModule: string; modules: Record<string, number>; isIdentical: boolean }
  | { why: string };

export interface Evidence {
  original: readonly NamedSeries[];
  reproduction: readonly NamedSeries[];
  noise: NoiseEvidence;
  /** runs that differ from the original in their seed only */
  replicates: readonly NamedSeries[][];
  weights: WeightEvidence;
}

export interface NoiseCheck {
  /** null: cannot be said */
  holds: boolean | null;
  why: string;
  bounds: NoiseBounds | null;
}

export interface ReproductionVerdict {
  verdict: VerdictWord;
  /** where the first difference stands that decided; null if identical */
  step: number | null;
  metric: string | null;
  /** over all points with finite values on both sides: |a − b| / max(|a|, |b|) */
  maxRelativeDifference: number;
  comparedPoints: number;
  comparedMetrics: number;
  /** metrics that measure time or memory, which no repeat can match */
  leftOut: string[];
  /** metrics that the original never had: not compared */
  added: string[];
  /** the two values there; null where a side has no such point */
  original: MetricJson | null;
  reproduction: MetricJson | null;
  weights: WeightEvidence;
  kernelNoise: NoiseCheck;
  seedVariance: SeedEvidence;
}

/**
 * Compares every logged value and the weights of two runs; measurements of time and memory are left out. A class for which there is no
 * evidence is not given, and says why (docs/decisions/0042-four-verdicts.md).
 */
export function judgeReproduction(evidence: Evidence): ReproductionVerdict {
  const original = evidence.original.filter(({ name }) => !isMeasured(name));
  const hasName = new Set(original.map(({ name }) => name));
  const all = evidence.reproduction.filter(({ name }) => !isMeasured(name));
  // a newer version may log more: that says nothing about what the original had
  const reproduction = all.filter(({ name }) => hasName.has(name));
  const differences = seriesDifferences(original, reproduction);
  const beyond = beyondNoise(evidence, differences);
  const kernelNoise = checkNoise(evidence, differences, beyond);
  const seedVariance = judgeSeedVariance(original, reproduction, evidence.replicates);
  const verdict = verdictOf(evidence, differences, kernelNoise, seedVariance);
  const first = verdict === 'identical' ? null : (earliest(beyond) ?? earliest(differences));
  const finite = differences.map(({ relative }) => relative).filter(Number.isFinite);
  return {
    verdict,
    step: first?.step ?? null,
    metric: first?.metric ?? (verdict === 'identical' ? null : weightsPlace(evidence.weights)),
    maxRelativeDifference: finite.reduce((most, relative) => Math.max(most, relative), 0),
    ...sizes(original, reproduction),
    leftOut: measuredOf(evidence),
    added: all.filter(({ name }) => !hasName.has(name)).map(({ name }) => name),
    original: json(first?.original),
    reproduction: json(first?.reproduction),
    ...{ weights: evidence.weights, kernelNoise, seedVariance },
  };
}

function verdictOf(
  { weights }: Evidence,
  differences: readonly Difference[],
  kernelNoise: NoiseCheck,
  seedVariance: SeedEvidence,
): VerdictWord {
  const hasSameWeights = 'why' in weights || weights.isIdentical;
  if (differences.length === 0) return hasSameWeights ? 'identical' : 'different';
  if (kernelNoise.holds) return 'within_kernel_noise';
  return seedVariance.holds ? 'within_seed_variance' : 'different';
}

/** The differences that are too large for noise; none if there are no bounds. */
function beyondNoise({ noise, original }: Evidence, differences: readonly Difference[]): Difference[] {
  if ('why' in noise) return [];
  const firstLoss = firstLossOf(original);
  return differences.filter((difference) => !isNoise(noise.bounds, difference, firstLoss));
}

function checkNoise(
  { noise, weights, original }: Evidence,
  differences: readonly Difference[],
  beyond: readonly Difference[],
): NoiseCheck {
  if ('why' in noise) return { holds: null, why: noise.why, bounds: null };
  const { bounds } = noise;
  const probed = `${bounds.pairs} pairs of probes of ${bounds.steps} steps`;
  const first = earliest(beyond);
  if (first !== null) {
    const limit = noiseAt(bounds, first.metric, first.step).toPrecision(2);
    const why = `${first.metric} differs by ${first.relative.toPrecision(2)} at step ${first.step}, and ${probed} allow ${limit}`;
    return { holds: false, why, bounds };
  }
  const limit = weightNoiseAt(bounds, lastStepOf(original));
  if (limit !== null && 'relative' in weights && weights.relative > limit) {
    const why = `the weights are ${weights.relative.toPrecision(2)} apart, and ${probed} allow ${limit.toPrecision(2)}`;
    return { holds: false, why, bounds };
  }
  const isWithin =
    differences.length > 0 ? `every difference is one that ${probed} allow` : 'nothing differs';
  return { holds: true, why: isWithin, bounds };
}

function lastStepOf(series: readonly NamedSeries[]): number {
  return series.reduce((last, { steps }) => Math.max(last, steps[steps.length - 1] ?? 0), 0);
}

function weightsPlace(weights: WeightEvidence): string | null {
  return 'largestModule' in weights ? `weights of ${weights.largestModule}` : null;
}

function sizes(original: readonly NamedSeries[], reproduction: readonly NamedSeries[]) {
  const names = [...new Set([...original, ...reproduction].map(({ name }) => name))];
  const common = (name: string) =>
    Math.min(named(original, name).values.length, named(reproduction, name).values.length);
  return {
    comparedPoints: names.reduce((sum, name) => sum + common(name), 0),
    comparedMetrics: names.length,
  };
}

function measuredOf({ original, reproduction }: Evidence): string[] {
  const names = [...original, ...reproduction].map(({ name }) => name);
  return [...new Set(names)].filter(isMeasured).sort();
}

function json(value: number | null | undefined): MetricJson | null {
  return value === null || value === undefined ? null : metricToJson(value);
}
