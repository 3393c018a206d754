/** A mean and the standard deviation of the sample (n - 1); null for fewer than two values. */
export interface MeanDeviation {
  mean: number;
  deviation: number | null;
}

/** @returns null without values */
export function meanDeviation(values: readonly number[]): MeanDeviation | null {
  const n = values.length;
  if (n === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / n;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return { mean, deviation: n < 2 ? null : Math.sqrt(squares / (n - 1)) };
}
