/** A metric of a run, its points in the order of arrival. */
export interface NamedSeries {
  name: string;
  steps: ArrayLike<number>;
  values: ArrayLike<number>;
}

/** A place where two runs are not the same to the bit. */
export interface Difference {
  step: number;
  metric: string;
  /** |a − b| / max(|a|, |b|); infinite where a value is missing or not finite on one side */
  relative: number;
  /** null: this side has no such point */
  original: number | null;
  reproduction: number | null;
}

/** Below this, values are compared absolutely: a change of 1e-9 against 0 is no difference of 100 %. */
const SMALLEST = 1e-6;

/** Every place at which two lists of series differ. A metric that only one side has is a difference at its first point. */
export function seriesDifferences(
  original: readonly NamedSeries[],
  reproduction: readonly NamedSeries[],
): Difference[] {
  const names = [...new Set([...original, ...reproduction].map(({ name }) => name))].sort();
  return names.flatMap((name) => differencesOf(name, named(original, name), named(reproduction, name)));
}

type Points = Omit<NamedSeries, 'name'>;
const EMPTY: Points = { steps: [], values: [] };

export function named(series: readonly NamedSeries[], name: string): Points {
  return series.find((one) => one.name === name) ?? EMPTY;
}

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

/** 0 only for equal values (NaN equals NaN); infinite where a value is missing or not finite on one side. */
export function relativeDifference(a: number | null, b: number | null): number {
  if (a === null || b === null) return Infinity;
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return 0;
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Infinity;
  return Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b), SMALLEST);
}

/** Of the differences at the smallest step, the first. */
export function earliest(differences: readonly Difference[]): Difference | null {
  return differences.reduce<Difference | null>(
    (first, difference) => (first === null || difference.step < first.step ? difference : first),
    null,
  );
}
