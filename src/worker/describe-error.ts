import { formatProblems, RanksweepError } from '../core/errors.js';

/** An error as a run's record should hold it: sentences and fields for what a user can act on, the stack for everything else. */
export function describeError(error: unknown): string {
  if (error instanceof RanksweepError) {
    return [error.message, formatProblems(error.problems)].filter((part) => part !== '').join('\n');
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
