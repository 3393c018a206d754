import { area, line } from 'd3-shape';
import { runColor } from './colors.js';
import type { CurvePoint } from './curve-data.js';
import type { ShownCurve } from './learning-curves.js';
import { isPlaceable, type NumericScale, type ScaleKind } from './scales.js';
import { add, tenth } from './svg.js';

export interface CurveScales {
  x: NumericScale;
  y: NumericScale;
  kind: ScaleKind;
}

/** One run's marks in a group of its own: band, line, single points, end mark, and marks for what the axis cannot place. */
export function drawCurve(parent: Element, curve: ShownCurve, scales: CurveScales, withRaw: boolean): void {
  const group = add(parent, 'g', {
    'data-run': curve.runId,
    class: curve.isEmphasised ? 'is-emphasised' : undefined,
  });
  const color = runColor(curve.runId);
  drawBand(group, curve.raw, scales, color);
  if (withRaw) add(group, 'path', { class: 'curve raw', d: pathOf(curve.raw, scales), stroke: color });
  const dash = curve.dash || undefined;
  add(group, 'path', {
    class: 'curve',
    d: pathOf(curve.line, scales),
    stroke: color,
    'stroke-dasharray': dash,
  });
  drawLonelyPoints(group, curve.line, scales, color);
  drawUnplaceable(group, curve.raw, scales, color);
  drawEnd(group, curve, scales, color);
}

/** A straight line between placeable points; it breaks where the axis cannot place one. Points above or below leave the picture. */
function pathOf(points: CurvePoint[], { x, y, kind }: CurveScales): string | undefined {
  const path = line<CurvePoint>(
    ({ step }) => tenth(x(step)),
    ({ value }) => tenth(clamp(y(value), y)),
  ).defined(({ value }) => isPlaceable(value, kind));
  return path(points) ?? undefined;
}

/** A little beyond the plot, so that a line that leaves it is seen to leave. */
function clamp(at: number, y: NumericScale): number {
  const [bottom = 0, top = 0] = y.range();
  return Math.min(bottom + 1, Math.max(top - 4, at));
}

function drawBand(group: Element, points: CurvePoint[], scales: CurveScales, color: string): void {
  const { x, y, kind } = scales;
  const shape = area<CurvePoint>(
    ({ step }) => tenth(x(step)),
    ({ low }) => tenth(clamp(y(low!), y)),
    ({ high }) => tenth(clamp(y(high!), y)),
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
      cy: tenth(clamp(y(point.value), y)),
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
  const [at, level] = [tenth(x(last.step)), tenth(clamp(y(last.value), y))];
  if (curve.end === 'stopped')
    add(group, 'path', { class: 'mark', d: `M${at},${level - 5}v10`, stroke: color });
  if (curve.end === 'diverged') add(group, 'path', { class: 'mark', d: crossAt(at, level), stroke: color });
  if (curve.end === 'running')
    add(group, 'circle', { class: 'head-point', cx: at, cy: level, r: 2.5, fill: color });
}
