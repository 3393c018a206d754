import { canonicalJson } from '../core/canonical-json.js';
import type { FieldKind, RunField } from './run-field.entity.js';

/** Longer ones cannot be asked for either. */
const MAX_PATH_LENGTH = 490;

type Value = Pick<RunField, 'kind' | 'number' | 'text'>;

/**
 * The rows that a run's config has in run_field: one for each value, list and map that it holds, whatever the depth. Lists are leaves.
 * Where a nested key and a key with a dot make the same path ({a: {b: 1}, "a.b": 2}), the first one counts.
 */
export function fieldsOf(runId: string, config: unknown): RunField[] {
  const fields = new Map<string, RunField>();
  collect(config, '', (path, value) => {
    if (!fields.has(path)) fields.set(path, { path, runId, ...value });
  });
  return [...fields.values()];
}

function collect(value: unknown, path: string, add: (path: string, value: Value) => void): void {
  const row = rowOf(value);
  if (row === null) return;
  if (path !== '' && path.length <= MAX_PATH_LENGTH) add(path, row);
  if (row.kind !== 'm') return;
  for (const [key, below] of Object.entries(value as object)) {
    collect(below, path === '' ? key : `${path}.${key}`, add);
  }
}

function rowOf(value: unknown): Value | null {
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return { kind: 'n', number: value, text: null };
  if (typeof value === 'string') return textual('s', value);
  if (typeof value === 'boolean') return textual('b', String(value));
  return Array.isArray(value) ? textual('l', canonicalJson(value)) : { kind: 'm', number: null, text: null };
}

function textual(kind: FieldKind, text: string): Value {
  return { kind, number: null, text };
}
