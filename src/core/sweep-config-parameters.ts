import { levelsOf, type ParameterSpec } from './search-space.js';
import {
  type Definition,
  DISTRIBUTION_KEYS,
  DISTRIBUTIONS,
  type Distribution,
  readDistribution,
} from './sweep-config-distributions.js';
import { readWhen } from './sweep-config-formulas.js';
import type { FieldReader } from './yaml-fields.js';
import type { Path } from './yaml-source.js';
import { isMapping } from './yaml-value.js';

const PARAMETER_KEYS = [
  ...['value', 'values', 'probabilities', 'min', 'max', 'count', 'distribution'],
  ...['q', 'mu', 'sigma', 'a', 'b', 'parameters', 'when', 'expression'],
];
const NAME = /^[A-Za-z_][A-Za-z0-9_.-]*$/;

/** A parameter with the place of its definition, so that later checks can point at it. */
export interface PlacedParameter {
  name: string;
  path: Path;
  /** in normal form; undefined if it is faulty, which is reported already */
  parameter: ParameterSpec | undefined;
}

/** The `parameters` map, nested ones flattened to dotted names, in the order of the file. */
export function readParameters(reader: FieldReader, value: unknown): PlacedParameter[] {
  const placed = definitionsIn(reader, ['parameters'], '', value).map((definition) => ({
    name: definition.name,
    path: definition.path,
    parameter: readParameter(reader, definition),
  }));
  refuseOverlaps(reader, placed);
  return placed;
}

function definitionsIn(reader: FieldReader, path: Path, prefix: string, value: unknown): Definition[] {
  const map = reader.map(path, value);
  if (map === undefined) return [];
  if (Object.keys(map).length === 0) reader.report(path, 'expected at least one parameter');
  return Object.entries(map).flatMap(([key, fields]) =>
    definitionsOf(reader, [...path, key], `${prefix}${key}`, fields),
  );
}

function definitionsOf(reader: FieldReader, path: Path, name: string, value: unknown): Definition[] {
  if (!NAME.test(name)) {
    reader.report(path, 'a name starts with a letter and has letters, digits, _ . - only', 'key');
    return [];
  }
  if (typeof value === 'string') return [{ name, path, fields: { expression: value } }];
  if (!isMapping(value)) {
    const written = Array.isArray(value) ? 'values: [...]' : 'value: ...';
    reader.report(path, `expected a map with value, values or min and max: write ${name}: {${written}}`);
    return [];
  }
  const fields = reader.map(path, value, PARAMETER_KEYS)!;
  if (!('parameters' in fields)) return [{ name, path, fields }];
  return definitionsIn(reader, [...path, 'parameters'], `${name}.`, fields.parameters);
}

function readParameter(reader: FieldReader, definition: Definition): ParameterSpec | undefined {
  const { when: condition, ...fields } = definition.fields;
  const when = readWhen(reader, [...definition.path, 'when'], condition);
  const plain = readPlain(reader, { ...definition, fields });
  return plain === undefined || when === undefined ? plain : { ...plain, when };
}

function readPlain(reader: FieldReader, definition: Definition): ParameterSpec | undefined {
  const { name, path, fields } = definition;
  if ('expression' in fields) return readTied(reader, name, path, fields);
  const distribution = distributionOf(reader, definition);
  if (distribution === undefined) return undefined;
  const allowed: readonly string[] = [...DISTRIBUTION_KEYS[distribution], 'distribution'];
  for (const key of Object.keys(definition.fields)) {
    if (allowed.includes(key) || !PARAMETER_KEYS.includes(key)) continue;
    const takes = DISTRIBUTION_KEYS[distribution].join(', ');
    reader.report([...definition.path, key], `${distribution} takes no ${key}; it takes ${takes}`, 'key');
  }
  return readDistribution(reader, definition, distribution);
}

/** `alpha: 2 * rank`, or with `when` as `alpha: {expression: 2 * rank, when: …}`. */
function readTied(
  reader: FieldReader,
  name: string,
  path: Path,
  fields: Record<string, unknown>,
): ParameterSpec | undefined {
  for (const key of Object.keys(fields)) {
    if (key !== 'expression') reader.report([...path, key], `expression takes no ${key} beside it`, 'key');
  }
  const expression = reader.text(path, fields.expression);
  return expression === undefined ? undefined : { kind: 'tied', name, expression };
}

/** W&B's rule: value is a constant, values a choice, two whole limits an int range, any other limits a float range. */
function distributionOf(reader: FieldReader, { path, fields }: Definition): Distribution | undefined {
  if (fields.distribution !== undefined) {
    return reader.word([...path, 'distribution'], fields.distribution, DISTRIBUTIONS);
  }
  if ('value' in fields) return 'constant';
  if ('values' in fields) return 'probabilities' in fields ? 'categorical_w_probabilities' : 'categorical';
  if ('min' in fields || 'max' in fields) return rangeOf(reader, path, fields);
  return reader.report(path, 'give value, values, min and max, or a distribution', 'key');
}

function rangeOf(reader: FieldReader, path: Path, fields: Record<string, unknown>): Distribution {
  const isInt = (key: string) =>
    Number.isSafeInteger(fields[key]) && !reader.yaml.isFloatLiteral([...path, key]);
  return isInt('min') && isInt('max') ? 'int_uniform' : 'uniform';
}

/** `lora` beside `lora.rank`, or a dotted name beside a nested one, would set the same field twice. */
function refuseOverlaps(reader: FieldReader, placed: PlacedParameter[]): void {
  for (const [i, { name, path }] of placed.entries()) {
    const other = placed.slice(0, i).find((p) => overlap(p.name, name));
    if (other !== undefined) reader.report(path, `sets the same field as ${other.name}`, 'key');
  }
}

function overlap(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);
}

/** A grid counts through finite sets only. */
export function refuseEndlessGrid(reader: FieldReader, placed: PlacedParameter[]): void {
  for (const { parameter, path } of placed) {
    if (parameter === undefined || levelsOf(parameter) !== null) continue;
    const { kind } = parameter;
    const message =
      kind === 'float'
        ? 'a grid cannot count through a continuous range: add count (as in count: 5), or list values'
        : kind === 'int'
          ? 'this range is too long for a grid: add count, or list values'
          : `a grid cannot count through a ${kind} distribution: list values`;
    reader.report(path, message, 'key');
  }
}

/** The other methods see the whole range. */
export function warnOfCounts(reader: FieldReader, placed: PlacedParameter[]): void {
  for (const { parameter, path } of placed) {
    if (parameter !== undefined && 'count' in parameter) {
      reader.warn([...path, 'count'], 'has no effect but in a grid');
    }
  }
}
