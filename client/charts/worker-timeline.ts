import { formatDuration } from '../format/time.js';
import { clock, drawTimeAxis } from './axes.js';
import { runColor } from './colors.js';
import type { CurveEnd } from './curve-data.js';
import { followMarks, type Mark } from './marks.js';
import { numericScale } from './scales.js';
import { add, type ChartFrame, createChart, sayEmpty, tenth } from './svg.js';

export interface WorkedRun {
  runId: string;
  label: string;
  /** the worker's name; runs without one were not made by a worker */
  worker: string;
  /** ms since the epoch */
  startedAt: number;
  /** undefined: it runs still */
  endedAt?: number;
  end: CurveEnd;
}

export interface WorkerTimelineOptions extends ChartFrame {
  /** ms since the epoch: where runs that go on end; the caller's, so that the picture is a function of its arguments */
  now: number;
  /** how a tick's time is written; default: hours and minutes in the reader's zone */
  timeText?(ms: number): string;
  emptyText?: string;
  onHover?(runId: string | null): void;
  onSelect?(runId: string): void;
}

const [TOP, BOTTOM, RIGHT] = [8, 30, 12];
const CHARACTER = 6.2;

interface Bar {
  run: WorkedRun;
  row: number;
  x: number;
  width: number;
}

/**
 * Which worker ran what and when: a row a worker, a bar a run. How it ended stands at the bar's right end (tick: stopped, cross: diverged or
 * failed, open: runs still, broken edge: lost). Gaps are idle time, which the note sums up.
 */
export function workerTimeline(runs: WorkedRun[], options: WorkerTimelineOptions): SVGSVGElement {
  const known = runs.filter(({ startedAt }) => Number.isFinite(startedAt));
  const workers = [...new Set(known.map(({ worker }) => worker))].sort(inOrder);
  const svg = createChart(options, `${known.length} runs of ${workers.length} workers over time`);
  if (known.length === 0)
    return sayEmpty(svg, options, options.emptyText ?? 'No worker has run anything yet');
  const left = 14 + CHARACTER * Math.min(20, Math.max(...workers.map(({ length }) => length)));
  const domain = spanOf(known, options.now);
  const x = numericScale('linear', domain, [left, options.width - RIGHT]);
  const rowHeight = (options.height - TOP - BOTTOM) / workers.length;
  const margin = { top: TOP, right: RIGHT, bottom: BOTTOM, left };
  drawTimeAxis(svg, x, { ...options, margin }, 'time of day', options.timeText ?? clock);
  workers.forEach((worker, row) => {
    if (row % Math.ceil(12 / rowHeight) !== 0) return;
    const y = tenth(TOP + (row + 0.5) * rowHeight + 4);
    const text = worker.length > 20 ? `${worker.slice(0, 19)}…` : worker;
    add(svg, 'text', { class: 'label', x: tenth(left - 8), y, 'text-anchor': 'end' }, text);
  });
  const rows = new Map(workers.map((worker, row) => [worker, row]));
  const bars = known.map((run): Bar => {
    const from = x(run.startedAt);
    return {
      run,
      row: rows.get(run.worker)!,
      x: from,
      width: Math.max(1, x(endOf(run, options.now)) - from),
    };
  });
  const marks = add(svg, 'g', { class: 'marks' });
  for (const bar of bars) drawBar(marks, bar, rowHeight);
  followMarks(
    svg,
    bars.map((bar) => markOf(bar, rowHeight, options.now)),
    { ...options, near: 3, hasRing: false },
  );
  return svg;
}

/** `worker 6` before `worker 39` */
const inOrder = (a: string, b: string) => a.localeCompare(b, 'en', { numeric: true });

const endOf = ({ endedAt, startedAt }: WorkedRun, now: number) =>
  Math.max(startedAt, endedAt !== undefined && Number.isFinite(endedAt) ? endedAt : now);

function spanOf(runs: WorkedRun[], now: number): [number, number] {
  const first = runs.reduce((low, { startedAt }) => Math.min(low, startedAt), Number.POSITIVE_INFINITY);
  const last = runs.reduce((high, run) => Math.max(high, endOf(run, now)), first);
  return [first, last > first ? last : first + 1000];
}

function drawBar(marks: Element, { run, row, x, width }: Bar, rowHeight: number): void {
  const group = add(marks, 'g', { 'data-run': run.runId });
  const height = Math.max(1, Math.min(22, rowHeight * 0.7));
  const y = TOP + (row + 0.5) * rowHeight - height / 2;
  const box = { x: tenth(x), y: tenth(y), width: tenth(width), height: tenth(height) };
  const color = runColor(run.runId);
  const look = run.end === 'finished' ? 'work' : `work is-${run.end}`;
  add(group, 'rect', { class: look, ...box, fill: color, stroke: color });
  const [right, middle, half] = [tenth(x + width), tenth(y + height / 2), Math.min(5, height / 2)];
  if (run.end === 'stopped')
    add(group, 'path', { class: 'mark', d: `M${right},${tenth(y - 2)}v${tenth(height + 4)}`, stroke: color });
  if (run.end === 'diverged' || run.end === 'failed') {
    const d = `M${right - half},${middle - half}l${2 * half},${2 * half}m0,${-2 * half}l${-2 * half},${2 * half}`;
    add(group, 'path', { class: run.end === 'failed' ? 'mark is-failure' : 'mark', d, stroke: color });
  }
}

function markOf({ run, row, x, width }: Bar, rowHeight: number, now: number): Mark {
  const took = endOf(run, now) - run.startedAt;
  return {
    ...{ runId: run.runId, x: x + width / 2, y: TOP + (row + 0.5) * rowHeight },
    half: [width / 2, rowHeight / 2],
    lines: () => [
      { text: `${run.label}, ${run.end}`, color: runColor(run.runId), isStrong: true },
      { text: `${run.worker}, ${run.endedAt === undefined ? 'for' : 'took'} ${formatDuration(took)}` },
    ],
  };
}
