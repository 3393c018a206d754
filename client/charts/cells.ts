import { scaleBand } from 'd3-scale';
import { add, tenth } from './svg.js';

/** Rows and columns of equal cells: what tables of colour share. */
export interface Grid {
  left: number;
  top: number;
  cellWidth: number;
  cellHeight: number;
}

export interface GridLabels {
  rows: readonly string[];
  columns: readonly string[];
}

const CHARACTER = 6.2;
const LONGEST = 22;

/** Places a grid beside its row names, which take as much room as they need. */
export function gridOf({ rows, columns }: GridLabels, width: number, height: number, top: number): Grid {
  const longest = Math.min(LONGEST, Math.max(...rows.map((row) => row.length)));
  const left = Math.min(width * 0.35, 14 + CHARACTER * longest);
  const x = scaleBand(
    columns.map((_, i) => i),
    [left, width - 4],
  );
  const y = scaleBand(
    rows.map((_, i) => i),
    [top, height - 4],
  );
  return { left, top, cellWidth: x.bandwidth(), cellHeight: y.bandwidth() };
}

/** Names of rows at the left, of columns above; where there is no room for all, every second, third … of them. */
export function drawGridLabels(svg: Element, labels: GridLabels, grid: Grid): void {
  const { left, top, cellWidth, cellHeight } = grid;
  const axis = add(svg, 'g', { class: 'axis' });
  const rowStep = Math.ceil(13 / cellHeight);
  labels.rows.forEach((row, i) => {
    if (i % rowStep !== 0) return;
    const y = tenth(top + (i + 0.5) * cellHeight + 4);
    add(axis, 'text', { class: 'label', x: tenth(left - 6), y, 'text-anchor': 'end' }, shorten(row, LONGEST));
  });
  const columnStep = Math.ceil(30 / cellWidth);
  labels.columns.forEach((column, i) => {
    if (i % columnStep !== 0) return;
    const x = tenth(left + (i + 0.5) * cellWidth);
    const room = Math.max(3, Math.floor((cellWidth * columnStep) / CHARACTER));
    add(axis, 'text', { class: 'label', x, y: top - 6, 'text-anchor': 'middle' }, shorten(column, room));
  });
}

/** A cell's rectangle, with a hair of ground between neighbours where they are large enough for one. */
export function cellBox(grid: Grid, row: number, column: number) {
  const gap = Math.min(grid.cellWidth, grid.cellHeight) > 6 ? 1 : 0;
  return {
    x: tenth(grid.left + column * grid.cellWidth),
    y: tenth(grid.top + row * grid.cellHeight),
    width: tenth(Math.max(0.5, grid.cellWidth - gap)),
    height: tenth(Math.max(0.5, grid.cellHeight - gap)),
  };
}

export function cellCentre(grid: Grid, row: number, column: number) {
  return {
    x: grid.left + (column + 0.5) * grid.cellWidth,
    y: grid.top + (row + 0.5) * grid.cellHeight,
    half: [grid.cellWidth / 2, grid.cellHeight / 2] as [number, number],
  };
}

/** Whether a text of so many characters fits a cell. */
export function fitsCell({ cellWidth, cellHeight }: Grid, characters: number): boolean {
  return cellHeight >= 14 && cellWidth >= characters * CHARACTER + 4;
}

export const shorten = (text: string, room: number) =>
  text.length > room ? `${text.slice(0, Math.max(1, room - 1))}…` : text;
