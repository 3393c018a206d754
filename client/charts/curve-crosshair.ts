import { bisector } from 'd3-array';
import { formatNumber } from '../format/number.js';
import { runColor } from './colors.js';
import type { CurvePoint } from './curve-data.js';
import type { CurveScales } from './curve-marks.js';
import type { LearningCurvesOptions, ShownCurve } from './learning-curves.js';
import { isPlaceable } from './scales.js';
import { add, focusRun, type Margin, pointerIn, tenth } from './svg.js';
import { createTip, type TipLine } from './tooltip.js';

type Options = LearningCurvesOptions & { margin: Margin };
interface Near {
  curve: ShownCurve;
  point: CurvePoint;
  distance: number;
}

const byStep = bisector((point: CurvePoint) => point.step).center;
const LISTED = 8;
const CLICK_PIXELS = 4;

/** Crosshair with the values at a step, focus on the nearest curve, click selects it, drag zooms in, double click out. */
export function followPointer(
  svg: SVGSVGElement,
  curves: ShownCurve[],
  scales: CurveScales,
  options: Options,
): void {
  const { margin, width, height } = options;
  const hair = add(svg, 'line', {
    class: 'crosshair',
    y1: margin.top,
    y2: height - margin.bottom,
    visibility: 'hidden',
  });
  const area = add(svg, 'rect', {
    class: 'zoom-area',
    y: margin.top,
    height: Math.max(0, height - margin.top - margin.bottom),
    visibility: 'hidden',
  });
  const tip = createTip(svg);
  let dragFrom: number | null = null;
  const inPlot = (x: number) => Math.min(width - margin.right, Math.max(margin.left, x));

  svg.addEventListener('pointermove', (event) => {
    const [x, y] = pointerIn(svg, event);
    if (dragFrom !== null) spanArea(area, dragFrom, inPlot(x));
    const near = nearestOf(curves, scales, inPlot(x), y);
    const first = near[0];
    if (!first) return;
    const at = tenth(scales.x(first.point.step));
    hair.setAttribute('x1', String(at));
    hair.setAttribute('x2', String(at));
    hair.setAttribute('visibility', 'visible');
    if (curves.length > 1) focusRun(svg, first.curve.runId);
    options.onHover?.(first.curve.runId);
    tip.show(at, y, tipLines(near, first.point.step, options));
  });
  svg.addEventListener('pointerleave', () => {
    dragFrom = null;
    tip.hide();
    for (const mark of [hair, area]) mark.setAttribute('visibility', 'hidden');
    focusRun(svg, null);
    options.onHover?.(null);
  });
  svg.addEventListener('pointerdown', (event) => {
    if (event.button === 0) dragFrom = inPlot(pointerIn(svg, event)[0]);
  });
  svg.addEventListener('pointerup', (event) => {
    if (dragFrom === null) return;
    const [from, [x, y]] = [dragFrom, pointerIn(svg, event)];
    dragFrom = null;
    area.setAttribute('visibility', 'hidden');
    if (Math.abs(inPlot(x) - from) > CLICK_PIXELS) zoomTo(from, inPlot(x), scales, options);
    else selectAt(nearestOf(curves, scales, inPlot(x), y)[0], options);
  });
  svg.addEventListener('dblclick', () => options.onZoom?.(null));
}

function spanArea(area: SVGRectElement, from: number, to: number): void {
  area.setAttribute('x', String(Math.min(from, to)));
  area.setAttribute('width', String(Math.abs(to - from)));
  area.setAttribute('visibility', 'visible');
}

function zoomTo(from: number, to: number, { x }: CurveScales, options: Options): void {
  const steps = [x.invert(Math.min(from, to)), x.invert(Math.max(from, to))] as [number, number];
  options.onZoom?.(steps);
}

function selectAt(near: Near | undefined, options: Options): void {
  if (near && near.distance < 12) options.onSelect?.(near.curve.runId);
}

/** Each curve's point nearest in step, the curves nearest in height first. Curves that ended well before the pointer are left out. */
function nearestOf(curves: ShownCurve[], { x, y, kind }: CurveScales, px: number, py: number): Near[] {
  const step = x.invert(px);
  const near = curves.flatMap((curve) => {
    const point = curve.line[byStep(curve.line, step)];
    if (!point || Math.abs(x(point.step) - px) > 40) return [];
    const distance = isPlaceable(point.value, kind)
      ? Math.abs(y(point.value) - py)
      : Math.abs(y.range()[1]! - py);
    return [{ curve, point, distance }];
  });
  return near.sort((a, b) => a.distance - b.distance);
}

function tipLines(near: Near[], step: number, { xTitle, smoothing }: Options): TipLine[] {
  const listed = near.slice(0, LISTED);
  const lines = listed.map(({ curve, point }, i) => ({
    text: `${formatNumber(point.value, 5)}  ${curve.label}${spread(point)}`,
    color: runColor(curve.runId),
    isStrong: i === 0 && near.length > 1,
  }));
  const more = near.length > LISTED ? [{ text: `and ${near.length - LISTED} more` }] : [];
  const note = smoothing > 0 ? ', smoothed' : '';
  return [{ text: `${xTitle ?? 'step'} ${formatNumber(step)}${note}` }, ...lines, ...more];
}

const spread = ({ low, high }: CurvePoint) =>
  low === undefined || high === undefined || !(high > low)
    ? ''
    : `  (${formatNumber(low)} to ${formatNumber(high)})`;
