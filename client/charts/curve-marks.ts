import { area, line } from 'd3-shape';
import { runColor } from './colors.js';
import type { CurvePoint } from './curve-data.js';
import type { ShownCurve } from './learning-curves.js';
import { isPlaceable, type NumericScale, type ScaleKind } from './scales.js';
import { add, tenth } from './svg.js';

const EDGE = 2;
const FAR = 1e5;

export interface CurveScales {
  x: NumericScale;
  y: NumericScale;
  kind: ScaleKind;
  /** no value has a place on the y axis */
  isEmpty: boolean;
}

/**
 * One run's marks in a group of its own: band, line, single points, end mark, and marks for what the axis cannot place.
 * @param parts raw: also the values before smoothing; marks: without band and line, which are on a canvas
 */
export function drawCurve(
  parent: Element,
  curve: ShownCurve,
  scales: CurveScales,
  parts: 'all' | 'raw' | 'marks',
): void {
  const group = add(parent, 'g', {
    'data-run': curve.runId,
    class: curve.isEmphasised ? 'is-emphasised' : undefined,
  });
  const color = runColor(curve.runId);
  if (parts !== 'marks') drawLine(addViewport(group, scales), curve, scales, parts === 'raw');
  drawLonelyPoints(group, curve.line, scales, color);
  drawUnplaceable(group, curve.raw, scales, color);
  drawEnd(group, curve, scales, color);
}

function drawLine(plot: Element, curve: ShownCurve, scales: CurveScales, withRaw: boolean): void {
  const color = runColor(curve.runId);
  drawBand(plot, curve.raw, scales, color);
  if (withRaw) add(plot, 'path', { class: 'curve raw', d: pathOf(curve.raw, scales), stroke: color });
  const [d, dash] = [pathOf(curve.line, scales), curve.dash || undefined];
  add(plot, 'path', { class: 'curve', d, stroke: color, 'stroke-dasharray': dash });
}

/** A window onto the plot's area, in the chart's own coordinates: lines leave the picture at its edge, at their true slope. */
function addViewport(group: Element, { x, y }: CurveScales): SVGSVGElement {
  const [[left = 0, right = 0], [bottom = 0, top = 0]] = [x.range(), y.range()];
  const box = [
    left - EDGE,
    top - EDGE,
    Math.max(0, right - left) + 2 * EDGE,
    Math.max(0, bottom - top) + 2 * EDGE,
  ];
  const [px, py, width, height] = box;
  return add(group, 'svg', { x: px, y: py, width, height, viewBox: box.join(' ') });
}

/** A straight line between placeable points; it breaks where the axis cannot place one. */
function pathOf(points: CurvePoint[], { x, y, kind }: CurveScales): string | undefined {
  const path = line<CurvePoint>(
    ({ step }) => tenth(x(step)),
    ({ value }) => tenth(drawable(y(value))),
  ).defined(({ value }) => isPlaceable(value, kind));
  return path(points) ?? undefined;
}

/** Far outside is far enough: browsers draw in 32-bit numbers. */
const drawable = (at: number) => Math.min(FAR, Math.max(-FAR, at));

/** A height inside the plot: what is beyond stands on its edge. */
export function within(at: number, y: NumericScale): number {
  const [bottom = 0, top = 0] = y.range();
  return Math.min(bottom, Math.max(top, at));
}

function drawBand(group: Element, points: CurvePoint[], scales: CurveScales, color: string): void {
  const { x, y, kind } = scales;
  const shape = area<CurvePoint>(
    ({ step }) => tenth(x(step)),
    ({ low }) => tenth(drawable(y(low!))),
    ({ high }) => tenth(drawable(y(high!))),
  ).defined(({ low, high }) => isPlaceable(low, kind) && isPlaceable(high, kind));
  if (!points.some(({ low, high }) => low !== undefined && high !== undefined && high > low)) return;
  add(group, 'path', { class: 'band', d: shape(points) ?? undefined, fill: color });
}

/** A point without neighbours makes no line, so it gets a dot. */
function drawLonelyPoints(
  group: Element,
  points: CurvePoint[],
  { x, y, kind }: CurveScales,
  color: string,
): void {
  const isThere = (point: CurvePoint | undefined) => point !== undefined && isPlaceable(point.value, kind);
  points.forEach((point, i) => {
    if (!isThere(point) || isThere(points[i - 1]) || isThere(points[i + 1])) return;
    add(group, 'circle', {
      cx: tenth(x(point.step)),
      cy: tenth(within(y(point.value), y)),
      r: 3,
      fill: color,
    });
  });
}

/**
 * What has no place on the axis is marked on its edge: a cross on top for NaN and infinity, a broken mark (two strokes) at the bottom for
 * zero and below on a log axis.
 */
function drawUnplaceable(
  group: Element,
  points: CurvePoint[],
  { x, y, kind }: CurveScales,
  color: string,
): void {
  const [bottom = 0, top = 0] = y.range();
  let crosses = '';
  let breaks = '';
  for (const { step, value } of points) {
    if (isPlaceable(value, kind)) continue;
    const at = tenth(x(step));
    if (Number.isFinite(value)) breaks += `M${at - 3},${bottom - 1}l3,-5m1,5l3,-5`;
    else crosses += crossAt(at, top + 1);
  }
  if (crosses) add(group, 'path', { class: 'mark not-finite-mark', d: crosses, stroke: color });
  if (breaks) add(group, 'path', { class: 'mark broken-mark', d: breaks, stroke: color });
}

const crossAt = (x: number, y: number) => `M${x - 4},${y - 4}l8,8m0,-8l-8,8`;

/** A stopped run ends in a tick, a diverged one in a cross, a running one in a dot. */
function drawEnd(group: Element, curve: ShownCurve, { x, y, kind }: CurveScales, color: string): void {
  const last = curve.line.findLast(({ value }) => isPlaceable(value, kind));
  if (!last) return;
  const [at, level] = [tenth(x(last.step)), tenth(within(y(last.value), y))];
  if (curve.end === 'stopped')
    add(group, 'path', { class: 'mark', d: `M${at},${level - 5}v10`, stroke: color });
  if (curve.end === 'diverged') add(group, 'path', { class: 'mark', d: crossAt(at, level), stroke: color });
  if (curve.end === 'running')
    add(group, 'circle', { class: 'head-point', cx: at, cy: level, r: 2.5, fill: color });
}
