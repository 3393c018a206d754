import { metricFromJson } from '../../src/core/metric-value.js';
import type { RunsTableQuery } from '../api/operations.generated.js';
import { recordOf, summaryFact, summaryMetric, valueAt } from '../format/json.js';

export type RunRow = RunsTableQuery['runs']['items'][number];
export type CellValue = string | number | boolean | object | null | undefined;

/** A column of the runs table; `path` is the API's name for it, in the address, in filters and in orders. */
export interface RunColumn {
  path: string;
  /** the last part of the path, and before it the rest, small */
  title: string;
  over: string;
  kind: 'metric' | 'setting' | 'state' | 'text' | 'instant' | 'duration' | 'curve';
  isSortable: boolean;
  read(run: RunRow): CellValue;
}

export const DEFAULT_COLUMNS = [
  'state',
  'metric.in_domain/loss',
  'metric.out_of_domain/loss',
  'metric.base_capability/change',
  'config.optimizer.learningRate',
  'config.lora.rank',
  'config.lora.dropout',
  'curve.train/loss',
  'startedAt',
  'duration',
];

const FIXED: Record<string, Omit<RunColumn, 'path'>> = {
  state: { title: 'state', over: '', kind: 'state', isSortable: true, read: (run) => run.state },
  project: { title: 'project', over: '', kind: 'text', isSortable: true, read: (run) => run.project.name },
  startedAt: {
    title: 'started',
    over: '',
    kind: 'instant',
    isSortable: true,
    read: (run) => run.startedAt,
  },
  duration: { title: 'time', over: '', kind: 'duration', isSortable: false, read: durationOf },
  trialNumber: {
    title: 'trial',
    over: '',
    kind: 'setting',
    isSortable: true,
    read: (run) => run.trialNumber,
  },
};

/** Columns that need no config and no metric. */
export const FIXED_COLUMNS = Object.keys(FIXED);

export function columnOf(path: string): RunColumn {
  const fixed = FIXED[path];
  if (fixed) return { path, ...fixed };
  const [, space = 'config', name = path] = /^(config|metric|facts|curve|provenance)\.(.+)$/.exec(path) ?? [];
  const { title, over } = splitTitle(name);
  if (space === 'metric')
    return { path, title: spelt(title), over, kind: 'metric', isSortable: true, read: metricReader(name) };
  if (space === 'curve')
    return { path, title: name, over: 'curve', kind: 'curve', isSortable: false, read: () => null };
  if (space === 'facts') {
    return {
      path,
      title,
      over,
      kind: 'setting',
      isSortable: true,
      read: (run) => summaryFact(run.summary, name),
    };
  }
  const read = (run: RunRow) => valueAt(run.config, name) as CellValue;
  return { path, title, over, kind: 'setting', isSortable: space === 'config', read };
}

function splitTitle(name: string): { title: string; over: string } {
  const cut = Math.max(name.lastIndexOf('.'), name.lastIndexOf('/'));
  return { title: name.slice(cut + 1), over: name.slice(0, cut + 1).replace(/[./]$/, '') };
}

const PARTS: Record<string, string> = { min: 'lowest', max: 'highest' };

/** `loss:min` → `lowest loss`. */
const spelt = (title: string) =>
  title.replace(/^(.*):(min|max)$/, (_, base, part) => `${PARTS[part]} ${base}`);

/** `loss` is the last value, `loss:min` and `loss:max` the extremes that the server keeps. */
function metricReader(name: string): (run: RunRow) => number | undefined {
  const [, base = name, part] = /^(.*):(min|max)$/.exec(name) ?? [];
  if (!part) return (run) => summaryMetric(run.summary, name);
  return (run) => {
    const summary = (run.metrics ?? []).find((metric) => metric.name === base);
    return summary === undefined ? undefined : metricFromJson(recordOf(summary)[part]);
  };
}

export const needsMetricSummaries = (paths: string[]) => paths.some((path) => /:(min|max)$/.test(path));

function durationOf({ startedAt, endedAt }: RunRow): number {
  return (endedAt ? Date.parse(endedAt) : Date.now()) - Date.parse(startedAt);
}
