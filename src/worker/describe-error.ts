import { formatProblems, RanksweepError } from '../core/errors.js';

/** An error as a run's record should hold it: sentences and fields for what a user can act on, the stack for everything else. */
export function describeError(error: unknown): string {
  if (error instanceof RanksweepError) return withProblems(error);
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** The message, then a line for each problem that the message does not say already. `source` names the file that positions are in. */
export function withProblems({ message, problems }: RanksweepError, source = ''): string {
  const unsaid = problems.filter((problem) => !message.includes(problem.message));
  return [message, formatProblems(unsaid, source)].filter((part) => part !== '').join('\n');
}
