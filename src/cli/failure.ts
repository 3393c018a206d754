import { CommanderError } from 'commander';
import { ConnectionError } from '../api-client/connection-error.js';
import { RanksweepError } from '../core/errors.js';
import { withProblems } from '../worker/describe-error.js';

/** What a command's exit code says. */
export const EXIT = {
  ok: 0,
  failed: 1,
  badInput: 2,
  unreachable: 3,
  /** of `gate`: not enough evidence */
  undecided: 4,
  /** of `reproduce`: something here could change the numbers */
  refused: 5,
  /** of `reproduce`, where a closer result was asked for */
  withinKernelNoise: 10,
  withinSeedVariance: 11,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof ConnectionError) return EXIT.unreachable;
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.badInput;
  if (!(error instanceof RanksweepError)) return EXIT.failed;
  return ['INVALID_INPUT', 'NOT_FOUND', 'TOO_LARGE'].includes(error.code) ? EXIT.badInput : EXIT.failed;
}

/** The error as `--json` shows it. */
export function errorJson(error: unknown): { error: { code: string; message: string; problems: unknown[] } } {
  const { code, problems } = error instanceof RanksweepError ? error : { code: 'INTERNAL', problems: [] };
  return { error: { code, message: messageOf(error), problems } };
}

/** The error as plain sentences; each problem on a line of its own, with file:line:column where the file is known. */
export function errorText(error: unknown, source = ''): string {
  return error instanceof RanksweepError ? withProblems(error, source) : messageOf(error);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
