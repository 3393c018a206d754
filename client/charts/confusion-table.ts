import { formatNumber } from '../format/number.js';
import { cellBox, cellCentre, drawGridLabels, fitsCell, type Grid, gridOf, shorten } from './cells.js';
import { shareColor } from './colors.js';
import { followMarks, type Mark } from './marks.js';
import { add, type ChartFrame, createChart, sayEmpty, tenth } from './svg.js';

export interface Confusion {
  labels: string[];
  /** counts[true label][predicted label] */
  counts: number[][];
  /** answers that are none of the labels, by true label */
  other?: number[];
}

export interface ConfusionTableOptions extends ConfusionFrame {
  emptyText?: string;
}
type ConfusionFrame = ChartFrame;

const TOP = 44;

/**
 * What was said (columns) of items of each true label (rows). Colour is the share of the row, so that a rare label is not lost beside a
 * frequent one; the numbers are counts. Cells on the diagonal are right and framed.
 */
export function confusionTable(data: Confusion, options: ConfusionTableOptions): SVGSVGElement {
  const total = data.counts.flat().reduce((sum, n) => sum + count(n), 0) + sumOf(data.other ?? []);
  const svg = createChart(options, `confusion of ${data.labels.length} labels, ${total} items`);
  if (data.labels.length === 0 || total === 0)
    return sayEmpty(svg, options, options.emptyText ?? 'No classified items yet');
  const columns = data.other ? [...data.labels, 'other'] : data.labels;
  const rows = data.labels.map((label, i) => `${shorten(label, 15)} n=${formatNumber(rowOf(data, i).n)}`);
  const grid = gridOf({ rows, columns }, options.width, options.height, TOP);
  const right = data.labels.reduce((sum, _, i) => sum + count(data.counts[i]?.[i]), 0);
  const title = `true label ↓  predicted →   ${formatNumber((100 * right) / total)} % of ${formatNumber(total)} right`;
  add(svg, 'text', { class: 'axis-title', x: 0, y: 11 }, title);
  drawGridLabels(svg, { rows, columns }, grid);
  const marks = add(svg, 'g', { class: 'marks' });
  const places = data.labels.flatMap((_, row) => columns.map((_, column) => ({ row, column })));
  for (const { row, column } of places) drawCell(marks, rowOf(data, row), row, column, grid, options);
  followMarks(
    svg,
    places.map(({ row, column }) => markOf(data, columns, row, column, grid)),
    {
      ...{ near: 1, hasRing: false },
    },
  );
  return svg;
}

/** Counts that are no number are none. */
const count = (n: number | undefined) => (n !== undefined && Number.isFinite(n) ? n : 0);
const sumOf = (values: readonly number[]) => values.reduce((sum, n) => sum + count(n), 0);

function rowOf({ labels, counts, other }: Confusion, row: number): { cells: number[]; n: number } {
  const known = labels.map((_, column) => count(counts[row]?.[column]));
  const cells = other ? [...known, count(other[row])] : known;
  return { cells, n: sumOf(cells) };
}

function drawCell(
  marks: Element,
  { cells, n }: { cells: number[]; n: number },
  row: number,
  column: number,
  grid: Grid,
  { theme }: ChartFrame,
): void {
  const [value, box] = [cells[column]!, cellBox(grid, row, column)];
  const share = n === 0 ? 0 : value / n;
  const isRight = row === column;
  add(marks, 'rect', { class: isRight ? 'cell is-right' : 'cell', ...box, fill: shareColor(share, theme) });
  const text = formatNumber(value);
  if (value === 0 || !fitsCell(grid, text.length)) return;
  const { x, y } = cellCentre(grid, row, column);
  const look = share > 0.7 ? 'cell-text on-strong' : 'cell-text';
  add(marks, 'text', { class: look, x: tenth(x), y: tenth(y + 4), 'text-anchor': 'middle' }, text);
}

function markOf(data: Confusion, columns: string[], row: number, column: number, grid: Grid): Mark {
  const { cells, n } = rowOf(data, row);
  const value = cells[column]!;
  return {
    ...cellCentre(grid, row, column),
    lines: () => [
      { text: `${data.labels[row]} taken for ${columns[column]}`, isStrong: true },
      { text: `${formatNumber(value)} of ${formatNumber(n)}` },
      { text: n === 0 ? 'no item of this label' : `${formatNumber((100 * value) / n)} % of the row` },
    ],
  };
}
