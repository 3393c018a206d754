import { invalidParameter } from '../protocol/mlflow-error.js';
import { listed } from '../protocol/names.js';
import {
  type Comparator,
  type Literal,
  parseFilter,
  parseOrder,
  type RawCondition,
} from './filter-parser.js';

export type Kind = 'metric' | 'parameter' | 'tag' | 'attribute' | 'dataset';

/** A comparison whose words are known and whose value has the type that they want. */
export interface Condition {
  kind: Kind;
  key: string;
  comparator: Comparator;
  /** null: IS NULL or IS NOT NULL */
  value: number | string | string[] | null;
}

export interface Order {
  kind: Kind;
  key: string;
  ascending: boolean;
}

/** What may be asked of one sort of thing. */
export interface Vocabulary {
  kinds: readonly Kind[];
  numericAttributes: readonly string[];
  textAttributes: readonly string[];
  /** attributes that may be compared with a list */
  listAttributes: readonly string[];
  /** kinds that IS NULL may ask for */
  nullable: readonly Kind[];
  /** other names of attributes */
  aliases?: Record<string, string>;
}

const ENTITIES: Record<string, Kind> = {
  ...{ metric: 'metric', metrics: 'metric', dataset: 'dataset', datasets: 'dataset' },
  ...{ parameter: 'parameter', parameters: 'parameter', param: 'parameter', params: 'parameter' },
  ...{ tag: 'tag', tags: 'tag', attribute: 'attribute', attr: 'attribute', attributes: 'attribute' },
  run: 'attribute',
};
const NUMERIC: readonly Comparator[] = ['>', '>=', '!=', '=', '<', '<='];
const TEXT: readonly Comparator[] = ['!=', '=', 'LIKE', 'ILIKE'];
const LISTS: readonly Comparator[] = [...TEXT, 'IN', 'NOT IN'];
const DATASET_KEYS = ['name', 'digest', 'context'];

export function readFilter(text: string | undefined, vocabulary: Vocabulary): Condition[] {
  return parseFilter(text).map((raw) => readCondition(raw, vocabulary));
}

/** @throws MlflowError also where one field orders twice */
export function readOrder(texts: readonly string[], vocabulary: Vocabulary): Order[] {
  const orders = texts.map((text) => {
    const { ascending, ...name } = parseOrder(text);
    return { ...readName(name, vocabulary), ascending };
  });
  const names = new Set(orders.map(({ kind, key }) => JSON.stringify([kind, key])));
  if (names.size === orders.length) return orders;
  throw invalidParameter(`\`order_by\` contains duplicate fields: ${JSON.stringify(texts)}`);
}

function readCondition({ comparator, value, ...name }: RawCondition, vocabulary: Vocabulary): Condition {
  const { kind, key } = readName(name, vocabulary);
  if (value === null) {
    if (vocabulary.nullable.includes(kind)) return { kind, key, comparator, value };
    throw invalidParameter(
      `IS NULL / IS NOT NULL is only supported for ${nullableWords(vocabulary)}, not for '${kind}' '${key}'`,
    );
  }
  const isNumeric = kind === 'metric' || (kind === 'attribute' && vocabulary.numericAttributes.includes(key));
  checkComparator(comparator, isNumeric, kind);
  const wanted = isNumeric ? numeric(kind, key, value) : textual(kind, key, value, vocabulary);
  return { kind, key, comparator, value: wanted };
}

function readName({ entity, key }: { entity: string | null; key: string }, vocabulary: Vocabulary) {
  const kind = entity === null ? 'attribute' : ENTITIES[entity];
  if (kind === undefined || !vocabulary.kinds.includes(kind)) {
    throw invalidParameter(`Invalid entity type '${entity}'. Valid values are ${listed(vocabulary.kinds)}`);
  }
  if (kind === 'dataset' && !DATASET_KEYS.includes(key)) {
    throw invalidParameter(
      `Invalid dataset key '${key}' specified. Valid keys are '${listed(DATASET_KEYS)}'`,
    );
  }
  if (kind !== 'attribute') return { kind, key };
  const { aliases = {}, numericAttributes, textAttributes } = vocabulary;
  const attribute = Object.hasOwn(aliases, key) ? aliases[key]! : key;
  const known = [...numericAttributes, ...textAttributes];
  if (known.includes(attribute)) return { kind, key: attribute };
  throw invalidParameter(`Invalid attribute key '${key}' specified. Valid keys are '${listed(known)}'`);
}

function checkComparator(comparator: Comparator, isNumeric: boolean, kind: Kind): void {
  const allowed = isNumeric ? NUMERIC : kind === 'attribute' || kind === 'dataset' ? LISTS : TEXT;
  if (allowed.includes(comparator)) return;
  throw invalidParameter(`Invalid comparator '${comparator}' not one of '${listed(allowed)}'`);
}

function numeric(kind: Kind, key: string, value: Literal): number {
  if (value.kind === 'number') return Number(value.text);
  const what = kind === 'metric' ? 'metric' : `numeric attribute: ${key}`;
  throw invalidParameter(`Expected numeric value type for ${what}. Found ${value.text}`);
}

function textual(kind: Kind, key: string, value: Literal, { listAttributes }: Vocabulary): string | string[] {
  if (value.kind === 'string') return value.value;
  if (value.kind === 'list' && (kind === 'dataset' || listAttributes.includes(key))) return value.values;
  if (value.kind === 'list') {
    throw invalidParameter(
      `Only ${listed(listAttributes)} attributes support comparison with a list of quoted string values.`,
    );
  }
  const what = kind === 'attribute' ? 'attributes' : `${kind} (e.g. 'my-value')`;
  throw invalidParameter(`Expected a quoted string value for ${what}. Got value ${value.text}`);
}

function nullableWords({ nullable }: Vocabulary): string {
  return nullable.map((kind) => (kind === 'parameter' ? 'params' : `${kind}s`)).join(' and ');
}
