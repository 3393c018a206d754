import { type Problem, RanksweepError } from '../core/errors.js';
import type { PointBatch } from './point-columns.js';

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
  if (name.includes('\0')) return 'found a name with NUL in it, which is no text';
  if (name.length >= 1 && name.length <= MAX_METRIC_NAME_LENGTH) return null;
  return `found a name of ${name.length} characters, allowed are 1 to ${MAX_METRIC_NAME_LENGTH}`;
}

/**
 * Checks names, and that steps and times are finite: values may be anything.
 * @throws RanksweepError INVALID_INPUT, TOO_LARGE
 */
export function checkBatch(batch: PointBatch): void {
  checkPointCount(batch.steps.length);
  const problems = [
    ...batch.names.flatMap((name, i) => asProblem(`series[${i}].metric`, nameProblem(name))),
    ...infiniteProblem(batch, 'steps'),
    ...infiniteProblem(batch, 'times'),
  ].slice(0, MAX_PROBLEMS);
  if (problems.length === 0) return;
  const [{ field, message }] = problems as [Problem];
  throw new RanksweepError('INVALID_INPUT', `${field}: ${message}`, problems);
}

function asProblem(field: string, message: string | null): Problem[] {
  return message === null ? [] : [{ field, message }];
}

/** The first number that is not finite. */
function infiniteProblem({ counts, ...columns }: PointBatch, column: 'steps' | 'times'): Problem[] {
  const numbers = columns[column];
  for (let at = 0; at < numbers.length; at++) {
    if (Number.isFinite(numbers[at])) continue;
    let [series, i] = [0, at];
    while (i >= counts[series]!) i -= counts[series++]!;
    const message = `found ${numbers[at]}, expected a finite number`;
    return [{ field: `series[${series}].${column}[${i}]`, message }];
  }
  return [];
}
