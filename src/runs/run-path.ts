import { RanksweepError } from '../core/errors.js';

/** A path of a run as the API's filters and orders name it, parsed. */
export type RunPath =
  | { kind: 'json'; column: 'config' | 'provenance' | 'facts'; keys: (string | number)[] }
  | { kind: 'metric'; name: string; part: MetricPart }
  | { kind: 'column'; column: string }
  | { kind: 'project' }
  | { kind: 'dataset' };

export const METRIC_PARTS = ['last', 'min', 'max', 'count', 'nanCount', 'lastStep'] as const;
export type MetricPart = (typeof METRIC_PARTS)[number];

/** name in the API → column of the run table */
const COLUMNS: Record<string, string> = {
  ...{ id: 'id', name: 'name', state: 'state', seed: 'seed', configHash: 'configHash', error: 'error' },
  ...{ startedAt: 'startedAt', endedAt: 'endedAt', stopReason: 'stopReason', reproduces: 'reproduces' },
  ...{
    sweep: 'sweepId',
    sweepId: 'sweepId',
    trial: 'trialId',
    trialId: 'trialId',
    trialNumber: 'trialNumber',
  },
  ...{ worker: 'workerId', workerId: 'workerId' },
  ...{ origin: 'origin', notes: 'notes', group: 'groupName', parent: 'parentId' },
};
const NUMBER_COLUMNS = new Set(['seed', 'trialNumber']);
const EXPECTED =
  'config.KEY, provenance.KEY, facts.KEY (keys joined by dots, [0] for list items), metric.NAME, metric.NAME:min, project, dataset, ' +
  [...new Set(Object.keys(COLUMNS))].join(', ');
const MAX_LENGTH = 500;
const MAX_KEYS = 20;

/**
 * Parses a path. Nothing of it is ever pasted into SQL: names of columns come from the table above, all else is bound.
 * @throws RanksweepError INVALID_INPUT that says what a path may be
 */
export function parseRunPath(path: string, field: string): RunPath {
  const parsed = path.length <= MAX_LENGTH ? parse(path) : null;
  if (parsed !== null) return parsed;
  const message = `found ${JSON.stringify(path.slice(0, 100))}, expected ${EXPECTED}`;
  throw new RanksweepError('INVALID_INPUT', `${field}: ${message}`, [{ field, message }]);
}

function parse(path: string): RunPath | null {
  if (path === 'project' || path === 'dataset') return { kind: path };
  if (Object.hasOwn(COLUMNS, path)) return { kind: 'column', column: COLUMNS[path]! };
  const dot = path.indexOf('.');
  const [head, rest] = [path.slice(0, dot), path.slice(dot + 1)];
  if (dot < 0 || rest === '') return null;
  if (head === 'metric') return parseMetric(rest);
  if (head !== 'config' && head !== 'provenance' && head !== 'facts') return null;
  const keys = parseKeys(rest);
  return keys && { kind: 'json', column: head, keys };
}

/** NAME or NAME:part. A name may itself have colons; only a known part after the last one is a part. */
function parseMetric(text: string): RunPath {
  const colon = text.lastIndexOf(':');
  const part = METRIC_PARTS.find((known) => known === text.slice(colon + 1));
  if (colon <= 0 || part === undefined) return { kind: 'metric', name: text, part: 'last' };
  return { kind: 'metric', name: text.slice(0, colon), part };
}

function parseKeys(text: string): (string | number)[] | null {
  const keys: (string | number)[] = [];
  for (const segment of text.split('.')) {
    // SQLite's JSON paths have no escape for a quote inside a quoted key, so keys with quotes, brackets or backslashes cannot be asked for
    const match = /^([^"'[\]\\\p{Cc}]+)((?:\[\d{1,6}\])*)$/u.exec(segment);
    if (match === null) return null;
    keys.push(match[1]!, ...[...match[2]!.matchAll(/\d+/g)].map(([index]) => Number(index)));
  }
  return keys.length <= MAX_KEYS ? keys : null;
}

export function isNumberColumn(column: string): boolean {
  return NUMBER_COLUMNS.has(column);
}
