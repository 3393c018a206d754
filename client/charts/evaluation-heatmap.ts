import { formatChange, formatNumber } from '../format/number.js';
import { cellBox, cellCentre, drawGridLabels, fitsCell, type Grid, gridOf } from './cells.js';
import { changeColor } from './colors.js';
import { followMarks, type Mark } from './marks.js';
import { add, type ChartFrame, createChart, sayEmpty, tenth } from './svg.js';
import type { TipLine } from './tooltip.js';

export interface EvaluationSet {
  key: string;
  label: string;
  /** lower is better for losses; higher for scores */
  goal: 'minimize' | 'maximize';
  /** the base model's value, where it is known */
  base?: number;
}

export interface EvaluatedRun {
  runId: string;
  label: string;
  /** by the set's key; absent: not evaluated there */
  values: Record<string, number | undefined>;
}

export interface EvaluationHeatmapOptions extends ChartFrame {
  /** what the cells are held against: the base model, or this run */
  against: { kind: 'base' } | { kind: 'run'; runId: string };
  emptyText?: string;
  onHover?(runId: string | null): void;
  onSelect?(runId: string): void;
}

interface Cell {
  row: number;
  column: number;
  run: EvaluatedRun;
  set: EvaluationSet;
  value: number | undefined;
  reference: number | undefined;
  /** value − reference */
  change: number | undefined;
  /** the change as a share of the column's largest one, positive is better; undefined without a finite change */
  gain: number | undefined;
}

const TOP = 40;

/**
 * Runs × evaluation sets, each cell coloured by its difference from the base model or from a baseline run: blue is better, orange worse, paler is
 * closer. Each column has a scale of its own, because sets have units of their own. Striped: NaN or infinite; a dot: not evaluated.
 */
export function evaluationHeatmap(
  data: { runs: EvaluatedRun[]; sets: EvaluationSet[] },
  options: EvaluationHeatmapOptions,
): SVGSVGElement {
  const { runs, sets } = data;
  const against = againstText(data.runs, options);
  const svg = createChart(
    options,
    `${runs.length} runs on ${sets.length} evaluation sets, against ${against}`,
  );
  if (runs.length === 0 || sets.length === 0)
    return sayEmpty(svg, options, options.emptyText ?? 'No evaluations yet');
  const labels = { rows: runs.map(({ label }) => label), columns: sets.map(({ label }) => label) };
  const grid = gridOf(labels, options.width, options.height, TOP);
  const cells = cellsOf(data, options);
  const note = `difference from ${against}; blue is better, each column on its own scale`;
  add(svg, 'text', { class: 'axis-title', x: 0, y: 11 }, note);
  drawGridLabels(svg, labels, grid);
  const marks = add(svg, 'g', { class: 'marks' });
  runs.forEach(({ runId }, row) => {
    const group = add(marks, 'g', { 'data-run': runId });
    for (const cell of cells) if (cell.row === row) drawCell(group, cell, grid, options.theme);
  });
  followMarks(
    svg,
    cells.map((cell) => markOf(cell, grid, against)),
    { ...options, near: 1, hasRing: false },
  );
  return svg;
}

function againstText(runs: EvaluatedRun[], { against }: EvaluationHeatmapOptions): string {
  if (against.kind === 'base') return 'the base model';
  return runs.find(({ runId }) => runId === against.runId)?.label ?? against.runId;
}

function cellsOf(
  { runs, sets }: { runs: EvaluatedRun[]; sets: EvaluationSet[] },
  { against }: EvaluationHeatmapOptions,
): Cell[] {
  const baseline = against.kind === 'run' ? runs.find(({ runId }) => runId === against.runId) : undefined;
  const columns = sets.map((set, column) => {
    const reference = against.kind === 'base' ? set.base : baseline?.values[set.key];
    const changes = runs.map(({ values }) => differenceOf(values[set.key], reference));
    const largest = Math.max(0, ...changes.map((change) => Math.abs(change ?? 0)).filter(Number.isFinite));
    const sign = set.goal === 'minimize' ? -1 : 1;
    return runs.map((run, row): Cell => {
      const change = changes[row];
      const isKnown = change !== undefined && Number.isFinite(change);
      const gain = isKnown ? (largest === 0 ? 0 : (sign * change) / largest) : undefined;
      return { row, column, run, set, value: run.values[set.key], reference, change, gain };
    });
  });
  return runs.flatMap((_, row) => columns.map((column) => column[row]!));
}

function differenceOf(value: number | undefined, reference: number | undefined): number | undefined {
  return value === undefined || reference === undefined ? undefined : value - reference;
}

function drawCell(group: Element, cell: Cell, grid: Grid, theme?: 'light' | 'dark'): void {
  const box = cellBox(grid, cell.row, cell.column);
  const { value, change, gain } = cell;
  const { x, y } = cellCentre(grid, cell.row, cell.column);
  if (value === undefined) {
    add(group, 'circle', { class: 'absent', cx: tenth(x), cy: tenth(y), r: 1.5 });
    return;
  }
  if (gain === undefined) {
    add(group, 'rect', { class: 'cell unknown', ...box });
    if (!Number.isFinite(value)) drawStripes(group, box);
  } else add(group, 'rect', { class: 'cell', ...box, fill: changeColor(gain, theme) });
  const text = gain === undefined ? formatNumber(value) : formatChange(change);
  if (!fitsCell(grid, text.length)) return;
  const strength = gain === undefined ? 0 : Math.abs(gain);
  const look = strength > 0.7 ? 'cell-text on-strong' : 'cell-text';
  add(group, 'text', { class: look, x: tenth(x), y: tenth(y + 4), 'text-anchor': 'middle' }, text);
}

type Box = ReturnType<typeof cellBox>;

function drawStripes(group: Element, { x, y, width, height }: Box): void {
  let d = '';
  for (let at = 6; at < width + height; at += 6) {
    const [x1, y1] = [Math.min(at, width), Math.max(0, at - width)];
    const [x2, y2] = [Math.max(0, at - height), Math.min(at, height)];
    d += `M${tenth(x + x1)},${tenth(y + y1)}L${tenth(x + x2)},${tenth(y + y2)}`;
  }
  add(group, 'path', { class: 'stripes', d });
}

function markOf(cell: Cell, grid: Grid, against: string): Mark {
  const { run, set, value, reference, change } = cell;
  const lines = (): TipLine[] => [
    { text: `${run.label}, ${set.label}`, isStrong: true },
    { text: value === undefined ? 'not evaluated' : formatNumber(value, 5) },
    { text: `${against}: ${formatNumber(reference, 5)}` },
    ...(change === undefined ? [] : [{ text: `difference ${formatChange(change)}, ${wordOf(change, set)}` }]),
  ];
  return { ...cellCentre(grid, cell.row, cell.column), runId: run.runId, lines };
}

function wordOf(change: number, { goal }: EvaluationSet): string {
  if (!Number.isFinite(change)) return 'not comparable';
  if (change === 0) return 'equal';
  return change < 0 === (goal === 'minimize') ? 'better' : 'worse';
}
