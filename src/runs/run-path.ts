import { RanksweepError } from '../core/errors.js';

/** A path of a run as the API's filters and orders name it, parsed. */
export type RunPath =
  | { kind: 'json'; column: 'config' | 'provenance' | 'facts'; keys: (string | number)[] }
  | { kind: 'metric'; name: string; part: MetricPart }
  | { kind: 'window'; name: string; window: MetricWindow }
  | { kind: 'tag'; key: string }
  | { kind: 'column'; column: string }
  | { kind: 'project' }
  | { kind: 'dataset' };

export const METRIC_PARTS = ['last', 'min', 'max', 'mean', 'count', 'nanCount', 'lastStep'] as const;
export type MetricPart = (typeof METRIC_PARTS)[number] | 'finiteMin' | 'finiteMax';

/** What is read from the points themselves: the value at a step, or the mean of those from one step to another that are not NaN. */
export interface MetricWindow {
  of: 'at' | 'mean';
  /** both ends belong to it */
  from: number;
  to: number;
}

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
  'config.KEY, provenance.KEY, facts.KEY (keys joined by dots, [0] for list items), metric.NAME, metric.NAME:best, tag.KEY, project, dataset, ' +
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
  if (head === 'tag') return { kind: 'tag', key: rest };
  if (head !== 'config' && head !== 'provenance' && head !== 'facts') return null;
  const keys = parseKeys(rest);
  return keys && { kind: 'json', column: head, keys };
}

/** the best value is never infinite */
const BEST: Record<string, MetricPart> = {
  best: 'finiteMin',
  'best(minimize)': 'finiteMin',
  'best(maximize)': 'finiteMax',
};
const STEP = String.raw`(-?\d{1,15}(?:\.\d{1,9})?)`;
const AT = new RegExp(`^at\\(${STEP}\\)$`);
const CALL = /^(at|mean|best)\(/;
const MEAN = new RegExp(`^mean\\(${STEP},${STEP}\\)$`);

/** NAME or NAME:part. A name may itself have colons; only a known part after the last one is a part. */
function parseMetric(text: string): RunPath | null {
  const colon = text.lastIndexOf(':');
  const [name, rest] = [text.slice(0, colon), text.slice(colon + 1)];
  if (colon <= 0) return { kind: 'metric', name: text, part: 'last' };
  const part = Object.hasOwn(BEST, rest) ? BEST[rest] : METRIC_PARTS.find((known) => known === rest);
  if (part !== undefined) return { kind: 'metric', name, part };
  const at = AT.exec(rest);
  if (at) return { kind: 'window', name, window: { of: 'at', from: Number(at[1]), to: Number(at[1]) } };
  const mean = MEAN.exec(rest);
  // a slip in at(…) would else be taken for a name and find nothing; a metric with such a name is NAME:last
  if (!mean) return CALL.test(rest) ? null : { kind: 'metric', name: text, part: 'last' };
  return { kind: 'window', name, window: { of: 'mean', from: Number(mean[1]), to: Number(mean[2]) } };
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

const NEVER_NULL = new Set(['id', 'name', 'state', 'configHash', 'startedAt', 'origin']);

export function isNeverNull(column: string): boolean {
  return NEVER_NULL.has(column);
}

/** The metric and window that a path names, or null if it is another path, or none. */
export function windowOf(path: string): Extract<RunPath, { kind: 'window' }> | null {
  const parsed = path.length <= MAX_LENGTH ? parse(path) : null;
  return parsed?.kind === 'window' ? parsed : null;
}
