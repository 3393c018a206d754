import { isMeasured } from '../core/measured-metric.js';
import { type MetricJson, metricToJson } from '../core/metric-value.js';

/** A metric of a run, its points in the order of arrival. */
export interface NamedSeries {
  name: string;
  steps: ArrayLike<number>;
  values: ArrayLike<number>;
}

export type VerdictWord = 'identical' | 'within_tolerance' | 'differs';

export interface ReproductionVerdict {
  verdict: VerdictWord;
  /** where the first difference that decided stands; null if identical */
  step: number | null;
  metric: string | null;
  /** over all points with finite values on both sides: |a − b| / max(|a|, |b|) */
  maxRelativeDifference: number;
  tolerance: number;
  comparedPoints: number;
  comparedMetrics: number;
  /** metrics that measure time or memory, which no repeat can match */
  leftOut: string[];
  /** the two values there; null where a side has no such point */
  original: MetricJson | null;
  reproduction: MetricJson | null;
}

export interface VerdictOptions {
  /** largest relative difference of a value that still counts as the same result */
  relativeTolerance?: number;
}

/**
 * Other kernels add in another order: between WASM and native TensorFlow losses and gradient norms drifted by 1e-6 over 60 steps without
 * dropout. A tenth of a percent leaves room for longer runs; it was chosen, not derived (docs/decisions/0013-what-a-verdict-means.md).
 */
export const RELATIVE_TOLERANCE = 1e-3;
/** Below this, values are compared absolutely: a change of 1e-9 against 0 is no difference of 100 %. */
const SMALLEST = 1e-6;

interface Difference {
  step: number;
  metric: string;
  relative: number;
  original: number | null;
  reproduction: number | null;
}

/**
 * Compares every logged value of two runs, measurements of time and memory left out. NaN equals NaN. A point or a metric that only one of them has is a difference.
 * The place named is the earliest step at which a difference decided.
 */
export function judgeReproduction(
  original: readonly NamedSeries[],
  reproduction: readonly NamedSeries[],
  { relativeTolerance = RELATIVE_TOLERANCE }: VerdictOptions = {},
): ReproductionVerdict {
  const names = [...new Set([...original, ...reproduction].map(({ name }) => name))].sort();
  const compared = names.filter((name) => !isMeasured(name));
  const pairs = compared.map((name) => [name, named(original, name), named(reproduction, name)] as const);
  const differences = pairs.flatMap(([name, a, b]) => differencesOf(name, a, b));
  const large = differences.filter(({ relative }) => relative > relativeTolerance);
  const verdict = large.length > 0 ? 'differs' : differences.length > 0 ? 'within_tolerance' : 'identical';
  const first = earliest(large.length > 0 ? large : differences);
  const finite = differences.map(({ relative }) => relative).filter(Number.isFinite);
  return {
    verdict,
    step: first?.step ?? null,
    metric: first?.metric ?? null,
    maxRelativeDifference: finite.reduce((most, relative) => Math.max(most, relative), 0),
    tolerance: relativeTolerance,
    comparedPoints: pairs.reduce((sum, [, a, b]) => sum + Math.min(a.values.length, b.values.length), 0),
    comparedMetrics: compared.length,
    leftOut: names.filter(isMeasured),
    original: json(first?.original),
    reproduction: json(first?.reproduction),
  };
}

const EMPTY = { steps: [], values: [] };

function named(series: readonly NamedSeries[], name: string): Omit<NamedSeries, 'name'> {
  return series.find((one) => one.name === name) ?? EMPTY;
}

function json(value: number | null | undefined): MetricJson | null {
  return value === null || value === undefined ? null : metricToJson(value);
}

type Points = Omit<NamedSeries, 'name'>;

/** Points are paired in their order; the first that is missing or at another step ends the comparison of this metric. */
function differencesOf(metric: string, a: Points, b: Points): Difference[] {
  const differences: Difference[] = [];
  const longest = Math.max(a.values.length, b.values.length);
  for (let i = 0; i < longest; i++) {
    const [stepA, stepB] = [a.steps[i], b.steps[i]];
    const step = Math.min(stepA ?? Infinity, stepB ?? Infinity);
    const original = stepA === step ? a.values[i]! : null;
    const reproduction = stepB === step ? b.values[i]! : null;
    const relative = relativeDifference(original, reproduction);
    if (relative > 0) differences.push({ step, metric, relative, original, reproduction });
    if (stepA !== stepB) break;
  }
  return differences;
}

/** 0 only for equal values; infinite where a value is missing or not finite on one side. */
function relativeDifference(a: number | null, b: number | null): number {
  if (a === null || b === null) return Infinity;
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return 0;
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Infinity;
  return Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b), SMALLEST);
}

function earliest(differences: readonly Difference[]): Difference | undefined {
  return differences.reduce<Difference | undefined>(
    (first, difference) => (first === undefined || difference.step < first.step ? difference : first),
    undefined,
  );
}
