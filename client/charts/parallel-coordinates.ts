import { line as linePath } from 'd3-shape';
import { goodnessColor } from './colors.js';
import {
  type Brushes,
  type Dimension,
  isWithin,
  type ParallelLine,
  type PlacedDimension,
  placeDimension,
} from './dimensions.js';
import { walkMarks } from './marks.js';
import { drawDimension } from './parallel-axis.js';
import { tickLabel } from './scales.js';
import { add, type ChartFrame, createChart, focusRun, pointerIn, sayEmpty, tenth } from './svg.js';
import { createTip } from './tooltip.js';

export interface ParallelCoordinatesOptions extends ChartFrame {
  brushes: Brushes;
  emptyText?: string;
  onBrush?(brushes: Brushes): void;
  onHover?(runId: string | null): void;
  onSelect?(runId: string): void;
}

export interface ParallelLayout {
  dimensions: PlacedDimension[];
  x(index: number): number;
  top: number;
  bottom: number;
  /** the height of the slot for values that have no place on their axis */
  missing: number;
}

const MARGIN = { top: 44, right: 60, bottom: 30, left: 56 };

/**
 * Parallel coordinates: one axis per parameter, the objective last, one line per trial coloured by its goodness (best on top of the rest).
 * Values without a place (missing, NaN) run through a slot under their axis. Dragging on an axis brushes it; trials outside fade.
 */
export function parallelCoordinates(
  data: { dimensions: Dimension[]; lines: ParallelLine[] },
  options: ParallelCoordinatesOptions,
): SVGSVGElement {
  const { dimensions, lines } = data;
  const svg = createChart(
    options,
    `${lines.length} trials over ${dimensions.map((d) => d.label).join(', ')}`,
  );
  if (lines.length === 0) return sayEmpty(svg, options, options.emptyText ?? 'No trials yet');
  const layout = layoutOf(dimensions, lines, options);
  const marks = add(svg, 'g', { class: 'marks' });
  for (const line of [...lines].sort(byGoodness)) drawLine(marks, line, layout, options.theme);
  let brushes = options.brushes;
  fade(svg, lines, layout, brushes);
  layout.dimensions.forEach((dimension, i) => {
    drawDimension(svg, dimension, i, layout, brushes[dimension.key], (range, isDone) => {
      const { [dimension.key]: _, ...others } = brushes;
      brushes = range === null ? others : { ...others, [dimension.key]: range };
      fade(svg, lines, layout, brushes);
      if (isDone) options.onBrush?.(brushes);
    });
  });
  followLines(svg, lines, layout, options);
  return svg;
}

function layoutOf(
  dimensions: Dimension[],
  lines: ParallelLine[],
  { width, height }: ChartFrame,
): ParallelLayout {
  const inner = width - MARGIN.left - MARGIN.right;
  const step = dimensions.length > 1 ? inner / (dimensions.length - 1) : 0;
  return {
    dimensions: dimensions.map((dimension) => placeDimension(dimension, lines)),
    x: (index) => tenth(MARGIN.left + step * index),
    top: MARGIN.top,
    bottom: height - MARGIN.bottom,
    missing: height - 10,
  };
}

/** Worst first, so that the best is drawn in front; those without a result behind all. */
function byGoodness(a: ParallelLine, b: ParallelLine): number {
  return (a.goodness ?? -1) - (b.goodness ?? -1);
}

/** The line's points, left to right. */
function pointsOf(
  line: ParallelLine,
  { dimensions, x, top, bottom, missing }: ParallelLayout,
): [number, number][] {
  return dimensions.map((dimension, i) => {
    const at = dimension.place(line.values[dimension.key]);
    return [x(i), at === undefined ? missing : tenth(bottom - at * (bottom - top))];
  });
}

function drawLine(
  marks: Element,
  line: ParallelLine,
  layout: ParallelLayout,
  theme?: 'light' | 'dark',
): void {
  const group = add(marks, 'g', {
    'data-run': line.runId,
    class: line.isFinished ? undefined : 'is-unfinished',
  });
  const stroke = line.goodness === undefined ? 'var(--ink-faint)' : goodnessColor(line.goodness, theme);
  add(group, 'path', { class: 'line', d: linePath()(pointsOf(line, layout)) ?? undefined, stroke });
}

function fade(svg: SVGSVGElement, lines: ParallelLine[], layout: ParallelLayout, brushes: Brushes): void {
  const inside = new Set(
    lines
      .filter((line) => layout.dimensions.every((d) => isWithin(d, line, brushes)))
      .map(({ runId }) => runId),
  );
  for (const group of svg.querySelectorAll('.marks [data-run]')) {
    group.classList.toggle('is-out', !inside.has(group.getAttribute('data-run')!));
  }
}

/** Hover names the nearest line and its values, click selects it. */
function followLines(
  svg: SVGSVGElement,
  lines: ParallelLine[],
  layout: ParallelLayout,
  options: ParallelCoordinatesOptions,
): void {
  const tip = createTip(svg);
  const paths = lines.map((line) => ({ line, points: pointsOf(line, layout) }));
  const show = (line: ParallelLine | undefined, x: number, y: number) => {
    focusRun(svg, line?.runId ?? null);
    options.onHover?.(line?.runId ?? null);
    if (line) tip.show(x, y, [{ text: line.label, isStrong: true }, ...valueLines(line, layout)]);
    else tip.hide();
  };
  walkMarks(
    svg,
    paths.map(({ line, points }) => ({
      ...{ runId: line.runId, x: points[points.length - 1]![0] - 60, y: points[points.length - 1]![1] },
      lines: () => [{ text: line.label, isStrong: true }, ...valueLines(line, layout)],
    })),
    { ...options, hasRing: false },
  );
  svg.addEventListener('pointermove', (event) => {
    if (event.buttons === 0) show(nearestLine(paths, ...pointerIn(svg, event)), ...pointerIn(svg, event));
  });
  svg.addEventListener('pointerleave', () => show(undefined, 0, 0));
  svg.addEventListener('click', (event) => {
    const line = nearestLine(paths, ...pointerIn(svg, event));
    if (line && !(event.target as Element).closest('.brush')) options.onSelect?.(line.runId);
  });
}

function valueLines(line: ParallelLine, { dimensions }: ParallelLayout) {
  return dimensions.map(({ key, label }) => ({ text: `${label}: ${valueText(line.values[key])}` }));
}

const valueText = (value: number | string | undefined) =>
  typeof value === 'number' ? tickLabel(value) : (value ?? '–');

type Path = { line: ParallelLine; points: [number, number][] };
const NEAR = 10;

function nearestLine(paths: Path[], x: number, y: number): ParallelLine | undefined {
  let [best, bestDistance] = [undefined as ParallelLine | undefined, NEAR];
  for (const { line, points } of paths) {
    const distance = Math.abs(heightAt(points, x) - y);
    if (distance < bestDistance) [best, bestDistance] = [line, distance];
  }
  return best;
}

/** The height of a polyline at x; infinite outside of it. */
function heightAt(points: [number, number][], x: number): number {
  const right = points.findIndex(([px]) => px >= x);
  const [a, b] = [points[right - 1], points[right]];
  if (!b || (!a && b[0] !== x)) return Number.POSITIVE_INFINITY;
  return a ? a[1] + ((x - a[0]) / (b[0] - a[0])) * (b[1] - a[1]) : b[1];
}
