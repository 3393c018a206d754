import { type Expression, namesIn, parseExpression } from './expression.js';
import type { ParameterSpec, Parameters } from './search-space.js';
import { parameterMeant } from './search-space-structure.js';
import type { PlacedParameter } from './sweep-config-parameters.js';
import type { FieldReader } from './yaml-fields.js';
import type { Path } from './yaml-source.js';
import { suggestion } from './yaml-suggestion.js';
import { isMapping, mismatch, show } from './yaml-value.js';

/** `when` of a parameter: a formula, or a map of names to the value or values that they must have. */
export function readWhen(reader: FieldReader, path: Path, value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (!isMapping(value)) return reader.text(path, value);
  const terms = Object.entries(value).map(([name, wanted]) =>
    Array.isArray(wanted)
      ? `${name} in [${wanted.map(literal).join(', ')}]`
      : `${name} == ${literal(wanted)}`,
  );
  return terms.length > 0 ? terms.join(' and ') : reader.report(path, 'expected at least one parameter');
}

function literal(value: unknown): string {
  return JSON.stringify(value) ?? 'null';
}

/** Reports formulas that cannot be read, names that no parameter has, and parameters that depend on themselves. */
export function checkFormulas(reader: FieldReader, placed: readonly PlacedParameter[]): void {
  for (const { parameter, path } of placed) {
    if (parameter?.when !== undefined) checkFormula(reader, [...path, 'when'], parameter.when, placed);
    if (parameter?.kind === 'tied') checkFormula(reader, path, parameter.expression, placed, FIXED_TEXT);
    if (parameter !== undefined && dependsOnItself(parameter, placed)) {
      reader.report(path, 'depends on itself by way of the formulas', 'key');
    }
  }
}

/** A text in the place of a parameter's map is a formula; a person may have meant the text. */
const FIXED_TEXT = '; for a fixed text write {value: …}';

function checkFormula(
  reader: FieldReader,
  path: Path,
  text: string,
  placed: readonly PlacedParameter[],
  advice = '',
): Expression | undefined {
  const expression = parsed(text);
  if (typeof expression === 'string') {
    return reader.report(path, `in the formula "${text}": ${expression}${advice}`);
  }
  for (const name of namesIn(expression)) {
    const meant = parameterMeant(placed, name);
    if (typeof meant === 'object') continue;
    const names = placed.map((p) => p.name);
    const hint =
      meant === 'none' ? suggestion(name, names) : 'several parameters end so: write the whole name';
    reader.report(path, `in the formula "${text}": there is no parameter ${name}, ${hint}${advice}`);
  }
  return expression;
}

/** @returns what is wrong, if it is text */
function parsed(text: string): Expression | string {
  try {
    return parseExpression(text);
  } catch (error) {
    if (error instanceof SyntaxError) return error.message;
    throw error;
  }
}

function dependsOnItself(parameter: ParameterSpec, placed: readonly PlacedParameter[]): boolean {
  const seen = new Set<string>();
  const open = [parameter];
  while (open.length > 0) {
    for (const other of dependencies(open.pop()!, placed)) {
      if (other.name === parameter.name) return true;
      if (!seen.has(other.name)) open.push(other);
      seen.add(other.name);
    }
  }
  return false;
}

function dependencies(parameter: ParameterSpec, placed: readonly PlacedParameter[]): ParameterSpec[] {
  const texts = [parameter.when, parameter.kind === 'tied' ? parameter.expression : undefined];
  const expressions = texts.flatMap((text) => (text === undefined ? [] : parsed(text)));
  const names = expressions.flatMap((found) => (typeof found === 'string' ? [] : namesIn(found)));
  return names.flatMap((name) => {
    const meant = parameterMeant(placed, name);
    return typeof meant === 'object' ? (meant.parameter ?? []) : [];
  });
}

/**
 * `constraints`: a list of formulas that every trial fulfils.
 * @param isElsewhere whether item i is about what a trial brings, and read there
 */
export function readConstraints(
  reader: FieldReader,
  given: unknown,
  placed: readonly PlacedParameter[],
  isElsewhere: (i: number) => boolean,
): string[] {
  if (given === undefined) return [];
  return (reader.list(['constraints'], given) ?? []).flatMap((item, i) => {
    if (isElsewhere(i)) return [];
    const path = ['constraints', i];
    const text = reader.text(path, item);
    if (text !== undefined) checkFormula(reader, path, text, placed, OF_METRIC);
    return text ?? [];
  });
}

/** A limit on what a trial brings is told by its form and its name; a formula with a misspelt name may have meant one. */
const OF_METRIC = '; a limit on a metric goes under outcome_constraints';

/** `try_first`: a list of points, each a map of parameter names to values. What a point leaves out is filled in. */
export function readTryFirst(
  reader: FieldReader,
  file: Record<string, unknown>,
  placed: readonly PlacedParameter[],
): Parameters[] {
  if (file.try_first === undefined) return [];
  const points = reader.list(['try_first'], file.try_first) ?? [];
  return points.flatMap((point, i): Parameters[] => {
    const path = ['try_first', i];
    if (!isMapping(point)) {
      reader.report(path, mismatch(point, 'a map of parameter names to values'));
      return [];
    }
    const entries = Object.entries(point).map(([name, value]) =>
      tried(reader, [...path, name], name, value, placed),
    );
    return [Object.fromEntries(entries.filter((entry) => entry !== undefined))];
  });
}

function tried(
  reader: FieldReader,
  path: Path,
  name: string,
  value: unknown,
  placed: readonly PlacedParameter[],
): [string, unknown] | undefined {
  const meant = parameterMeant(placed, name);
  if (typeof meant !== 'object') {
    return reader.report(
      path,
      `is no parameter of the sweep, ${suggestion(
        name,
        placed.map((p) => p.name),
      )}`,
      'key',
    );
  }
  const problem = meant.parameter === undefined ? undefined : outside(meant.parameter, value);
  return problem === undefined
    ? [meant.name, value]
    : reader.report(path, `found ${show(value)}, ${problem}`);
}

/** Why a value lies outside a parameter; undefined: it lies inside. */
function outside(parameter: ParameterSpec, value: unknown): string | undefined {
  switch (parameter.kind) {
    case 'tied':
      return 'this parameter is calculated: leave it out';
    case 'constant':
      return sameJson(value, parameter.value) ? undefined : `expected ${show(parameter.value)}`;
    case 'categorical':
      if (parameter.values.some((allowed) => sameJson(value, allowed))) return undefined;
      return `allowed: ${parameter.values.map(show).join(', ')}`;
    case 'int':
    case 'float':
      return withinRange(value, parameter);
    default:
      return typeof value === 'number' && Number.isFinite(value) ? undefined : 'expected a number';
  }
}

function withinRange(
  value: unknown,
  { kind, min, max }: { kind: 'int' | 'float'; min: number; max: number },
): string | undefined {
  const isKind = kind === 'int' ? Number.isSafeInteger(value) : typeof value === 'number';
  const isInside = isKind && (value as number) >= min && (value as number) <= max;
  return isInside
    ? undefined
    : `expected ${kind === 'int' ? 'a whole number' : 'a number'} from ${min} to ${max}`;
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
