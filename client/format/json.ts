import { metricFromJson } from '../../src/core/metric-value.js';

export type JsonRecord = Record<string, unknown>;

/** The value as a record; anything else is an empty one, so that readers of foreign JSON need no checks. */
export function recordOf(value: unknown): JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonRecord) : {};
}

/** `valueAt({lora: {rank: 8}}, 'lora.rank')` → 8. A key that itself has dots wins over a path. */
export function valueAt(value: unknown, path: string): unknown {
  const record = recordOf(value);
  if (Object.hasOwn(record, path)) return record[path];
  const dot = path.indexOf('.');
  if (dot < 0) return undefined;
  const head = path.slice(0, dot);
  return Object.hasOwn(record, head) ? valueAt(record[head], path.slice(dot + 1)) : undefined;
}

/** A metric of `Run.summary`: { metrics: {name: value}, facts: {…} }. */
export function summaryMetric(summary: unknown, name: string): number | undefined {
  return metricFromJson(recordOf(recordOf(summary).metrics)[name]);
}

export function summaryFact(summary: unknown, name: string): number | undefined {
  return metricFromJson(recordOf(recordOf(summary).facts)[name]);
}
