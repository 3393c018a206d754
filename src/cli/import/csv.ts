import { readFile } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { MetricColumns } from '../../api-client/points-block.js';
import { RanksweepError } from '../../core/errors.js';
import { sha256 } from '../../core/hash.js';
import { type CsvRow, readCsv } from './formats/csv-rows.js';
import { type ImportedRun, type ImportSource, instantOf, type Omission } from './imported-run.js';

type Point = { metric: string; step: number; value: number; time: number };

/**
 * A CSV file with a head. Long: columns metric and value, as `ranksweep export` writes them. Wide: every other column is a metric. Both may
 * have run (a name; the file is one run without it), step (default: the row's number) and time (ISO 8601, or ms since 1970; default: now).
 */
export function csvSource(path: string, { project }: { project: string }): ImportSource {
  return async function* runs(omit) {
    const { names, rows } = readCsv(await readFile(path, 'utf8'));
    checkHead(names, path);
    const now = Date.now();
    const byRun = new Map<string, Point[]>();
    for (const row of rows) {
      const run = row.values.run || basename(path).replace(/\.csv$/i, '');
      const points = byRun.get(run) ?? [];
      byRun.set(run, points);
      points.push(...pointsOf(row, points.length, now, path, omit));
    }
    for (const [name, points] of byRun) if (points.length > 0) yield runOf(path, project, name, points);
  };
}

function pointsOf(
  row: CsvRow,
  number: number,
  now: number,
  path: string,
  omit: (omission: Omission) => void,
): Point[] {
  const { run: _, metric, value, step, time, ...others } = row.values;
  const place = `${path}:${row.line}`;
  const [at, ms] = [step ? Number(step) : number, time ? timeOf(time) : now];
  const complain = (field: string, found: string | undefined, expected: string) => {
    omit({ place, reason: `${field}: found "${found}", expected ${expected}` });
    return [];
  };
  if (row.isUneven) return complain('row', `${row.count} values`, 'as many as the head has');
  if (!Number.isFinite(at)) return complain('step', step, 'a number');
  if (!Number.isFinite(ms)) return complain('time', time, 'a moment such as 2026-11-24T20:00:00Z');
  const cells: [string, string | undefined][] =
    metric === undefined ? Object.entries(others) : [[metric, value ?? '']];
  return cells.flatMap(([name, cell]) => {
    if ((cell === undefined || cell === '') && metric === undefined) return [];
    const number = numberOf(cell ?? '');
    return number === undefined
      ? complain(name, cell, 'a number')
      : [{ metric: name, step: at, value: number, time: ms }];
  });
}

/** As CSV files of Python, R and this program write them. */
function numberOf(cell: string): number | undefined {
  const text = cell.trim().toLowerCase();
  if (text === 'nan') return Number.NaN;
  const infinity = /^([+-]?)inf(inity)?$/.exec(text);
  if (infinity) return infinity[1] === '-' ? -Infinity : Infinity;
  const number = Number(text);
  return text === '' || Number.isNaN(number) ? undefined : number;
}

function timeOf(text: string): number {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : Date.parse(text);
}

function runOf(path: string, project: string, name: string, points: Point[]): ImportedRun {
  const times = points.map(({ time }) => time);
  const least = (numbers: number[]) => numbers.reduce((a, b) => Math.min(a, b));
  return {
    ...{
      id: `csv-${sha256(`${project}\n${resolve(path)}\n${name}`).slice(0, 20)}`,
      project,
      name: name.slice(0, 250),
    },
    ...{ origin: 'csv', config: {}, tags: {}, state: 'finished', provenance: { file: basename(path) } },
    startedAt: instantOf(least(times)),
    endedAt: instantOf(-least(times.map((time) => -time))),
    series: () => columnsOf(points),
  };
}

function columnsOf(points: Point[]): MetricColumns[] {
  const series = new Map<string, { metric: string; steps: number[]; values: number[]; times: number[] }>();
  for (const { metric, step, value, time } of points) {
    const columns = series.get(metric) ?? { metric, steps: [], values: [], times: [] };
    series.set(metric, columns);
    columns.steps.push(step);
    columns.values.push(value);
    columns.times.push(time);
  }
  return [...series.values()];
}

function checkHead(names: string[], path: string): void {
  const isLong = names.includes('metric');
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  const message =
    twice !== undefined
      ? `found the column "${twice}" twice`
      : isLong && !names.includes('value')
        ? 'found a column metric, expected a column value beside it'
        : names.filter((name) => !['run', 'step', 'time'].includes(name)).length === 0
          ? `found the columns ${names.join(', ') || 'none'}, expected at least one metric`
          : null;
  if (message !== null)
    throw new RanksweepError('INVALID_INPUT', `${path}:1: ${message}`, [{ field: 'head', message }]);
}
