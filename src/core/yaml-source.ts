import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';
import { type Problem, RanksweepError } from './errors.js';

export const MAX_YAML_BYTES = 1_000_000;
const MAX_DEPTH = 64;
/** one broken bracket makes hundreds of follow-up errors */
const MAX_SYNTAX_PROBLEMS = 5;
const FORBIDDEN_KEYS = ['__proto__', 'constructor', 'prototype'];

export type Path = readonly (string | number)[];
export interface Position {
  line: number;
  column: number;
}

/** `parameters.rank.values[2]` */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? part : `${text}.${part}`;
  }, '');
}

/** A YAML file as plain values, with the place of every field. */
export interface YamlSource {
  value: unknown;
  /** where the field's value stands, or its key; the nearest parent that is written in the file, if the field is not */
  positionOf(path: Path, part?: 'key' | 'value'): Position;
  /** true for a number written with a point or an exponent: 4.0 is a float to W&B, 4 an int; JavaScript sees no difference */
  isFloatLiteral(path: Path): boolean;
}

/**
 * Reads YAML 1.2 (with `<<` merges, as W&B's reader has) from a stranger: bounded in size, depth and aliases, without keys that reach
 * JavaScript's prototypes, without duplicate keys.
 * @throws RanksweepError INVALID_INPUT, all problems with line and column
 */
export function readYaml(text: string, source: string): YamlSource {
  if (text.length > MAX_YAML_BYTES) refuse(source, [{ field: '', message: tooLarge(text.length) }]);
  const lines = new LineCounter();
  const document = guarded(source, () =>
    parseDocument(text, { lineCounter: lines, merge: true, prettyErrors: false, stringKeys: true }),
  );
  const place = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const shape = shapeProblems(document, place);
  const problems = shape.some(isDepth)
    ? shape.filter(isDepth)
    : [...syntaxProblems(document, place), ...shape];
  if (problems.length > 0) refuse(source, problems);
  const value = guarded(source, () => document.toJS({ maxAliasCount: 100 }) as unknown);
  return {
    value,
    positionOf: (path, part = 'value') => place(offsetOf(document, path, part)),
    isFloatLiteral: (path) => isFloatScalar(nodeAt(document, path)),
  };
}

const TOO_DEEP = 'nested too deeply';

function isDepth({ message }: Problem): boolean {
  return message === TOO_DEEP;
}

function tooLarge(bytes: number): string {
  return `the file has ${bytes} characters, at most ${MAX_YAML_BYTES} are read`;
}

/** @throws RanksweepError whose message lists every problem, one a line */
export function refuse(source: string, problems: Problem[]): never {
  const sorted = [...problems].sort(
    (a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0),
  );
  const count = problems.length === 1 ? 'one problem' : `${problems.length} problems`;
  throw new RanksweepError('INVALID_INPUT', `${count} in ${source}`, sorted);
}

/** Deep nesting overflows the reader's stack and alias bombs trip its counter: both become plain refusals. */
function guarded<T>(source: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) return refuse(source, [{ field: '', message: TOO_DEEP }]);
    if (error instanceof ReferenceError) {
      return refuse(source, [
        { field: '', message: 'too many aliases: they unfold to an enormous document' },
      ]);
    }
    throw error;
  }
}

function syntaxProblems(document: Document.Parsed, place: (offset: number) => Position): Problem[] {
  return document.errors.slice(0, MAX_SYNTAX_PROBLEMS).map(({ code, message, pos }) => ({
    field: '',
    message: code === 'DUPLICATE_KEY' ? 'this key stands twice in the same map' : `not YAML: ${message}`,
    ...place(pos[0]),
  }));
}

function shapeProblems(document: Document.Parsed, place: (offset: number) => Position): Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Pair: (_, pair) => {
      const key = isScalar(pair.key) ? String(pair.key.value) : '';
      if (!FORBIDDEN_KEYS.includes(key)) return undefined;
      problems.push({ field: key, message: 'this key is not allowed', ...place(rangeOf(pair.key as Node)) });
      return visit.SKIP;
    },
    Collection: (_, node, ancestors) => {
      if (ancestors.length <= 2 * MAX_DEPTH) return undefined;
      problems.push({ field: '', message: TOO_DEEP, ...place(rangeOf(node)) });
      return visit.BREAK;
    },
  });
  return problems;
}

function rangeOf(node: Node | null | undefined): number {
  return node?.range?.[0] ?? 0;
}

function resolved(document: Document.Parsed, node: unknown): Node | null {
  return isAlias(node) ? (node.resolve(document) ?? null) : ((node as Node | null) ?? null);
}

function pairOf(document: Document.Parsed, map: YAMLMap, key: string): Pair | undefined {
  const own = map.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === key);
  if (own !== undefined) return own;
  const merge = map.items.find((pair) => isScalar(pair.key) && pair.key.source === '<<');
  const merged = resolved(document, merge?.value);
  const maps = isSeq(merged) ? merged.items.map((item) => resolved(document, item)) : [merged];
  for (const other of maps) {
    const found = isMap(other) ? pairOf(document, other, key) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function nodeAt(document: Document.Parsed, path: Path): Node | null {
  let node = resolved(document, document.contents);
  for (const part of path) {
    if (isMap(node)) node = resolved(document, pairOf(document, node, String(part))?.value);
    else if (isSeq(node)) node = resolved(document, node.items[Number(part)]);
    else return null;
  }
  return node;
}

function offsetOf(document: Document.Parsed, path: Path, part: 'key' | 'value'): number {
  for (let length = path.length; length > 0; length--) {
    const parent = nodeAt(document, path.slice(0, length - 1));
    const last = path[length - 1]!;
    if (isMap(parent)) {
      const pair = pairOf(document, parent, String(last));
      if (pair !== undefined) return pairOffset(pair, part === 'key' || length < path.length);
    }
    if (isSeq(parent) && parent.items[Number(last)] !== undefined) {
      return rangeOf(parent.items[Number(last)] as Node);
    }
  }
  return rangeOf(document.contents);
}

/** An empty value stands nowhere: point at its key. */
function pairOffset(pair: Pair, atKey: boolean): number {
  const value = pair.value as Node | null;
  const empty = value === null || (isScalar(value) && value.source === '');
  return rangeOf(atKey || empty ? (pair.key as Node) : value);
}

function isFloatScalar(node: Node | null): boolean {
  return isScalar(node) && typeof node.value === 'number' && /[.eE]/.test(node.source ?? '');
}
