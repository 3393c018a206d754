/**
 * The closed set of error codes. The same code travels in GraphQL (`extensions.code`), over HTTP and in `--json` output.
 * Expected outcomes (no trial left, lease lost, stopped) are return values, never errors.
 */
export const ERROR_CODES = [
  'INVALID_INPUT',
  'NOT_FOUND',
  'CONFLICT',
  'UNAUTHENTICATED',
  'FORBIDDEN',
  'TOO_LARGE',
  'UNAVAILABLE',
  'INTERNAL',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

/** One thing that is wrong: the field's path, what was found, what is allowed. */
export interface Problem {
  /** path of the field, e.g. `parameters.rank.values[2]` */
  field: string;
  message: string;
  /** 1-based position in the source file, where there is one */
  line?: number;
  column?: number;
}

/** An error that a user can act on. `problems` lists every field at fault, not just the first. */
export class RanksweepError extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly problems: Problem[] = [],
  ) {
    super(message);
    this.name = 'RanksweepError';
  }
}

/** One line per problem: `file.yaml:3:7 parameters.rank.values[2]: found "8x", expected a number`. */
export function formatProblems(problems: Problem[], source = ''): string {
  return problems.map((p) => formatProblem(p, source)).join('\n');
}

function formatProblem({ field, message, line, column }: Problem, source: string): string {
  const position = line === undefined ? '' : `${source}:${line}:${column ?? 1} `;
  return `${position}${field === '' ? '' : `${field}: `}${message}`;
}
