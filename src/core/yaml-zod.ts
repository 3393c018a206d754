import type { z } from 'zod';
import type { Path } from './yaml-source.js';
import { suggestion } from './yaml-suggestion.js';
import { mismatch, show } from './yaml-value.js';

/** One thing wrong with a field, before its place in a file is known. */
export interface FieldProblem {
  path: Path;
  message: string;
  part: 'key' | 'value';
}

type Issue = z.core.$ZodIssue;

/**
 * A schema's issues in our words: what was found, what is allowed, the nearest word for a misspelt one.
 * @param keysAt the keys that the schema knows below a path
 */
export function problemsOf(
  issues: readonly Issue[],
  input: unknown,
  keysAt: (path: Path) => readonly string[],
): FieldProblem[] {
  return issues.flatMap((issue) => {
    const path = issue.path as Path;
    if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(path, key, keysAt));
    if (issue.code === 'invalid_union') return unionProblems(issue, path, valueAt(input, path), keysAt);
    return [{ path, message: describe(issue, valueAt(input, path)), part: 'value' }];
  });
}

function unknownKey(path: Path, key: string, keysAt: (path: Path) => readonly string[]): FieldProblem {
  return {
    path: [...path, key],
    message: `unknown key "${key}", ${suggestion(key, keysAt(path))}`,
    part: 'key',
  };
}

/** The branch that the value fits in its outer shape, else what each branch expects. */
function unionProblems(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: Path,
  value: unknown,
  keysAt: (path: Path) => readonly string[],
): FieldProblem[] {
  const inner = issue.errors.find((branch) =>
    branch.some((i) => i.path.length > 0 || i.code === 'too_small'),
  );
  if (inner !== undefined) {
    return problemsOf(inner, value, (below) => keysAt([...path, ...below])).map((problem) => ({
      ...problem,
      path: [...path, ...problem.path],
    }));
  }
  const expected = issue.errors.map((branch) => expectation(branch[0]!)).join(' or ');
  return [{ path, message: mismatch(value, expected), part: 'value' }];
}

function describe(issue: Issue, value: unknown): string {
  if (value === undefined) return `missing, expected ${expectation(issue)}`;
  if (issue.code === 'custom') return issue.message;
  if (issue.code === 'invalid_value' && typeof value === 'string' && issue.values.length > 1) {
    return `found ${show(value)}, ${suggestion(value, issue.values.map(String))}`;
  }
  return mismatch(value, expectation(issue));
}

const TYPE_WORDS: Record<string, string> = {
  int: 'a whole number',
  number: 'a number',
  string: 'text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map of keys and values',
};

function expectation(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPE_WORDS[issue.expected] ?? issue.expected;
    case 'invalid_value':
      return issue.values.map(show).join(' or ');
    case 'too_small':
      return bound(issue.origin, issue.inclusive ? 'of at least' : 'above', issue.minimum);
    case 'too_big':
      return bound(issue.origin, issue.inclusive ? 'of at most' : 'below', issue.maximum);
    case 'invalid_format':
      return `text that matches ${'pattern' in issue ? issue.pattern : issue.format}`;
    default:
      return issue.message;
  }
}

function bound(origin: string, relation: string, limit: number | bigint): string {
  if (origin === 'string') return 'text that is not empty';
  if (origin === 'array') return 'a list of at least one value';
  return `a number ${relation} ${limit}`;
}

export function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((at, part) => (at as Record<string | number, unknown> | null)?.[part], value);
}
