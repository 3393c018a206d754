import { area, line } from 'd3-shape';
import { runColor } from './colors.js';
import type { CurvePoint } from './curve-data.js';
import type { CurveScales } from './curve-marks.js';
import type { ShownCurve } from './learning-curves.js';
import { isPlaceable } from './scales.js';
import { type ChartFrame, FOCUS_RUN } from './svg.js';

/** From so many points on lines and bands are drawn on canvas: an SVG path of a thousand points is laid out and hit-tested anew with each zoom. */
export const CANVAS_FROM = 6000;

const FADED = 0.18;
/** Bands of more curves than this cover each other and take most of the time: only the curve in front keeps its own. */
export const CROWD = 30;

/**
 * Lines and bands of many curves on a canvas under the chart, which keeps axes, marks, labels and pointer.
 * @returns the two over each other; null where there is no canvas to draw on
 */
export function drawOnCanvas(
  svg: SVGSVGElement,
  curves: ShownCurve[],
  scales: CurveScales,
  frame: ChartFrame,
  drawFocused: (curve: ShownCurve | undefined) => void,
): HTMLElement | null {
  const { document, width, height } = frame;
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d');
  if (!context) return null;
  const ratio = document.defaultView?.devicePixelRatio || 1;
  [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
  canvas.setAttribute('aria-hidden', 'true');
  context.scale(ratio, ratio);
  paint(context, curves, scales, document);
  const stack = document.createElement('div');
  stack.className = 'chart-stack';
  stack.append(canvas, svg);
  let focused: string | null = null;
  svg.addEventListener(FOCUS_RUN, (event) => {
    const runId = (event as CustomEvent<string | null>).detail;
    if (runId === focused) return;
    focused = runId;
    const curve = curves.find((one) => one.runId === runId);
    canvas.style.opacity = curve ? String(FADED) : '';
    drawFocused(curve);
  });
  return stack;
}

function paint(
  context: CanvasRenderingContext2D,
  curves: ShownCurve[],
  scales: CurveScales,
  document: Document,
): void {
  const { x, y } = scales;
  const [[left = 0, right = 0], [bottom = 0, top = 0]] = [x.range(), y.range()];
  context.beginPath();
  context.rect(left - 2, top - 2, right - left + 4, bottom - top + 4);
  context.clip();
  const tokens = document.defaultView?.getComputedStyle(document.documentElement);
  const isCrowded = curves.length > 10;
  for (const curve of curves) {
    const token = runColor(curve.runId).slice('var('.length, -1);
    context.strokeStyle = context.fillStyle = tokens?.getPropertyValue(token) || '#4a525c';
    if (curves.length <= CROWD || curve.isEmphasised) paintBand(context, curve.raw, scales);
    context.globalAlpha = isCrowded && !curve.isEmphasised ? 0.55 : 1;
    context.lineWidth = curve.isEmphasised ? 2.25 : isCrowded ? 1 : 1.5;
    context.setLineDash(curve.dash.split(' ').filter(Boolean).map(Number));
    paintLine(context, curve.line, scales);
  }
}

function paintLine(
  context: CanvasRenderingContext2D,
  points: CurvePoint[],
  { x, y, kind }: CurveScales,
): void {
  const path = line<CurvePoint>(
    ({ step }) => x(step),
    ({ value }) => y(value),
  );
  context.beginPath();
  path.defined(({ value }) => isPlaceable(value, kind)).context(context)(points);
  context.stroke();
}

function paintBand(
  context: CanvasRenderingContext2D,
  points: CurvePoint[],
  { x, y, kind }: CurveScales,
): void {
  if (!points.some(({ low, high }) => low !== undefined && high !== undefined && high > low)) return;
  const shape = area<CurvePoint>(
    ({ step }) => x(step),
    ({ low }) => y(low!),
    ({ high }) => y(high!),
  );
  context.globalAlpha = 0.14;
  context.beginPath();
  shape.defined(({ low, high }) => isPlaceable(low, kind) && isPlaceable(high, kind)).context(context)(
    points,
  );
  context.fill();
}
