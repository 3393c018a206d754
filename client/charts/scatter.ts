import type { Goal } from '../../src/core/metric-value.js';
import { drawXAxis, drawYAxis } from './axes.js';
import { runColor } from './colors.js';
import type { CurveEnd } from './curve-data.js';
import { domainOf, isPlaceable, type NumericScale, numericScale, type ScaleKind } from './scales.js';
import { drawFront } from './scatter-front.js';
import { followPoints } from './scatter-pointer.js';
import { add, type ChartFrame, createChart, type Margin, sayEmpty, tenth } from './svg.js';

export interface ScatterPoint {
  runId: string;
  label: string;
  x: number | undefined;
  y: number | undefined;
  end: CurveEnd;
  isBest?: boolean;
  /** written beside the point */
  tag?: string;
}

export interface ScatterOptions extends ChartFrame {
  xTitle: string;
  yTitle: string;
  scale: ScaleKind;
  /** the base model: a diamond with lines that part better from worse */
  base?: { x: number; y: number; label: string };
  /** which way is better: the points that no other beats are joined by a staircase */
  front?: { x: Goal; y: Goal };
  emptyText?: string;
  onHover?(runId: string | null): void;
  onSelect?(runId: string): void;
}

export interface ScatterScales {
  x: NumericScale;
  y: NumericScale;
}

const MARGIN: Margin = { top: 22, right: 16, bottom: 34, left: 48 };
/** from here on points are dots of a few paths, not elements of their own */
const MANY = 1500;

/**
 * Two scores of each run against each other. Filled: ran to its end; hollow: stopped; cross: diverged. Points that the axes cannot place
 * stand as crosses on the edge, where their other score puts them.
 */
export function scatter(points: ScatterPoint[], options: ScatterOptions): SVGSVGElement {
  const svg = createChart(options, `${options.yTitle} against ${options.xTitle}, ${points.length} runs`);
  const known = points.filter(({ x, y }) => x !== undefined && y !== undefined);
  if (known.length === 0) return sayEmpty(svg, options, options.emptyText ?? 'No evaluations yet');
  const scales = scalesFor(known, options);
  drawXAxis(svg, scales.x, options.scale, { ...options, margin: MARGIN }, options.xTitle);
  drawYAxis(svg, scales.y, options.scale, { ...options, margin: MARGIN }, options.yTitle);
  if (options.base) drawBaseLines(svg, options.base, scales, options);
  const marks = add(svg, 'g', { class: 'marks' });
  const isPlaced = ({ x, y }: ScatterPoint) => isPlaceable(x, options.scale) && isPlaceable(y, options.scale);
  const placed = known.filter(isPlaced);
  if (options.front) drawFront(marks, placed, options.front, scales);
  if (placed.length > MANY) drawDots(marks, placed, scales);
  else for (const point of placed) drawPoint(marks, point, scales);
  for (const point of known) if (!isPlaced(point)) drawOnEdge(marks, point, scales, options);
  if (options.base) drawBasePoint(svg, options.base, scales);
  followPoints(svg, placed, scales, options);
  return svg;
}

function scalesFor(points: ScatterPoint[], { width, height, scale, base }: ScatterOptions): ScatterScales {
  const domain = (key: 'x' | 'y') => {
    const values = points.map((point) => point[key]!);
    return domainOf(base ? [...values, base[key]] : values, scale) ?? [0.1, 1];
  };
  return {
    x: numericScale(scale, domain('x'), [MARGIN.left, width - MARGIN.right]),
    y: numericScale(scale, domain('y'), [height - MARGIN.bottom, MARGIN.top]),
  };
}

function drawPoint(
  marks: Element,
  { runId, x, y, end, isBest, tag }: ScatterPoint,
  scales: ScatterScales,
): void {
  const group = add(marks, 'g', { 'data-run': runId });
  const [cx, cy] = [tenth(scales.x(x!)), tenth(scales.y(y!))];
  const color = runColor(runId);
  if (isBest) add(group, 'circle', { class: 'best-ring', cx, cy, r: 8 });
  if (tag) add(group, 'text', { class: 'label', x: cx + (isBest ? 12 : 9), y: cy + 4 }, tag);
  if (end === 'diverged') add(group, 'path', { class: 'mark', d: cross(cx, cy), stroke: color });
  else if (end === 'finished') add(group, 'circle', { class: 'point', cx, cy, r: 4.5, fill: color });
  else add(group, 'circle', { class: 'mark', cx, cy, r: 4, stroke: color });
}

const cross = (x: number, y: number) => `M${x - 4},${y - 4}l8,8m0,-8l-8,8`;

/** Thousands of points as one path per colour: a line of no length with round ends is a dot. */
function drawDots(marks: Element, points: ScatterPoint[], { x, y }: ScatterScales): void {
  const paths = new Map<string, string[]>();
  for (const point of points) {
    const color = runColor(point.runId);
    if (!paths.has(color)) paths.set(color, []);
    paths.get(color)!.push(`M${tenth(x(point.x!))},${tenth(y(point.y!))}h0`);
  }
  const look = { class: 'dots', 'stroke-width': 4, 'stroke-linecap': 'round', opacity: 0.6 };
  for (const [stroke, parts] of [...paths].sort()) add(marks, 'path', { ...look, d: parts.join(''), stroke });
}

function drawOnEdge(
  marks: Element,
  point: ScatterPoint,
  scales: ScatterScales,
  options: ScatterOptions,
): void {
  const at = (value: number, scale: NumericScale, edge: number) =>
    isPlaceable(value, options.scale) ? tenth(scale(value)) : edge;
  const [x, y] = [at(point.x!, scales.x, options.width - MARGIN.right), at(point.y!, scales.y, MARGIN.top)];
  const group = add(marks, 'g', { 'data-run': point.runId });
  add(group, 'path', { class: 'mark not-finite-mark', d: cross(x, y), stroke: runColor(point.runId) });
}

function drawBaseLines(
  svg: Element,
  base: { x: number; y: number },
  scales: ScatterScales,
  frame: ChartFrame,
): void {
  const [x, y] = [tenth(scales.x(base.x)), tenth(scales.y(base.y))];
  add(svg, 'line', { class: 'reference', x1: x, x2: x, y1: MARGIN.top, y2: frame.height - MARGIN.bottom });
  add(svg, 'line', { class: 'reference', x1: MARGIN.left, x2: frame.width - MARGIN.right, y1: y, y2: y });
}

function drawBasePoint(
  svg: Element,
  base: { x: number; y: number; label: string },
  scales: ScatterScales,
): void {
  const [x, y] = [tenth(scales.x(base.x)), tenth(scales.y(base.y))];
  add(svg, 'path', { class: 'base-point', d: `M${x},${y - 6}l6,6l-6,6l-6,-6z` });
  const isRight = x > (scales.x.range()[0]! + scales.x.range()[1]!) / 2;
  const side = isRight ? { x: x - 10, 'text-anchor': 'end' } : { x: x + 10, 'text-anchor': 'start' };
  add(svg, 'text', { class: 'label', y: y < 40 ? y + 16 : y - 8, ...side }, base.label);
}
