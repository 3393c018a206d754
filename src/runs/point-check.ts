import { type Problem, RanksweepError } from '../core/errors.js';
import type { NamedPoints } from './point-columns.js';

/** As MLflow's. */
export const MAX_METRIC_NAME_LENGTH = 250;
/** points of one request */
export const MAX_POINTS_AT_ONCE = 250_000;
const MAX_PROBLEMS = 10;

/** @throws RanksweepError TOO_LARGE */
export function checkPointCount(count: number, field = 'points'): void {
  if (count <= MAX_POINTS_AT_ONCE) return;
  const message = `found ${count} points, allowed are ${MAX_POINTS_AT_ONCE} at once: send them in several requests`;
  throw new RanksweepError('TOO_LARGE', `${field}: ${message}`, [{ field, message }]);
}

/** @returns what is wrong with a metric's name, or null */
export function nameProblem(name: string): string | null {
  if (name.length >= 1 && name.length <= MAX_METRIC_NAME_LENGTH) return null;
  return `found a name of ${name.length} characters, allowed are 1 to ${MAX_METRIC_NAME_LENGTH}`;
}

/**
 * Checks names, and that steps and times are finite: values may be anything.
 * @throws RanksweepError INVALID_INPUT, TOO_LARGE
 */
export function checkColumns(series: readonly NamedPoints[]): void {
  checkPointCount(series.reduce((sum, { steps }) => sum + steps.length, 0));
  const problems: Problem[] = [];
  for (const [i, columns] of series.entries()) {
    if (problems.length >= MAX_PROBLEMS) break;
    const field = `series[${i}]`;
    const name = nameProblem(columns.name);
    if (name !== null) problems.push({ field: `${field}.metric`, message: name });
    problems.push(...finiteProblems(columns.steps, `${field}.steps`));
    problems.push(...finiteProblems(columns.times, `${field}.times`));
  }
  if (problems.length === 0) return;
  const [{ field, message }] = problems as [Problem];
  throw new RanksweepError('INVALID_INPUT', `${field}: ${message}`, problems);
}

function finiteProblems(numbers: Float64Array, field: string): Problem[] {
  for (let i = 0; i < numbers.length; i++) {
    if (Number.isFinite(numbers[i])) continue;
    return [{ field: `${field}[${i}]`, message: `found ${numbers[i]}, expected a finite number` }];
  }
  return [];
}
