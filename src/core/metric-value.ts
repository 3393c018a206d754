/**
 * What a metric may be and how it crosses JSON, decided once. JSON has no NaN and no infinities, so those three travel as the strings
 * "NaN", "Infinity" and "-Infinity" (as MLflow's do); every other value is a JSON number. Nothing is dropped, nothing becomes null.
 */
export type MetricJson = number | 'NaN' | 'Infinity' | '-Infinity';

export function metricToJson(value: number): MetricJson {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}

/** @returns the number, or undefined if the JSON value is no metric value */
export function metricFromJson(json: unknown): number | undefined {
  if (typeof json === 'number') return json;
  if (json === 'NaN') return Number.NaN;
  if (json === 'Infinity') return Number.POSITIVE_INFINITY;
  if (json === '-Infinity') return Number.NEGATIVE_INFINITY;
  return undefined;
}

export type Goal = 'minimize' | 'maximize';

/** True if `a` is a better finite value than `b` for the goal. NaN and infinities are never better; anything finite is better than undefined. */
export function isBetter(a: number | undefined, b: number | undefined, goal: Goal): boolean {
  if (a === undefined || !Number.isFinite(a)) return false;
  if (b === undefined || !Number.isFinite(b)) return true;
  return goal === 'minimize' ? a < b : a > b;
}
