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
const SHOW_STEP = 'show-step';

/** Crosshair with the values at a step, focus on the nearest curve, click selects it, drag zooms in, double click out. */
export function followPointer(
  svg: SVGSVGElement,
  curves: ShownCurve[],
  scales: CurveScales,
  options: Options,
): void {
  const pointer = new CurvePointer(svg, curves, scales, options);
  svg.addEventListener('pointermove', (event) => pointer.move(...pointerIn(svg, event)));
  svg.addEventListener('pointerleave', () => pointer.leave());
  svg.addEventListener('pointerdown', (event) => {
    if (event.button === 0) pointer.press(pointerIn(svg, event)[0]);
  });
  svg.addEventListener('pointerup', (event) => pointer.release(...pointerIn(svg, event)));
  svg.addEventListener('dblclick', () => options.onZoom?.(null));
  svg.addEventListener(SHOW_STEP, (event) => pointer.showStep((event as CustomEvent<number | null>).detail));
}

/** Puts the crosshair of a chart of curves on a step, as when the pointer were there; null takes it away. */
export function showStep(svg: SVGSVGElement, step: number | null): void {
  const { CustomEvent } = svg.ownerDocument.defaultView!;
  svg.dispatchEvent(new CustomEvent(SHOW_STEP, { detail: step }));
}

class CurvePointer {
  private readonly hair: SVGLineElement;
  private readonly area: SVGRectElement;
  private readonly tip: ReturnType<typeof createTip>;
  private dragFrom: number | null = null;

  constructor(
    private readonly svg: SVGSVGElement,
    private readonly curves: ShownCurve[],
    private readonly scales: CurveScales,
    private readonly options: Options,
  ) {
    const { margin, height } = options;
    const [y1, y2, visibility] = [margin.top, height - margin.bottom, 'hidden'];
    this.hair = add(svg, 'line', { class: 'crosshair', y1, y2, visibility });
    this.area = add(svg, 'rect', { class: 'zoom-area', y: y1, height: Math.max(0, y2 - y1), visibility });
    this.tip = createTip(svg);
  }

  move(px: number, py: number): void {
    const x = this.inPlot(px);
    if (this.dragFrom !== null) spanArea(this.area, this.dragFrom, x);
    const near = nearestOf(this.curves, this.scales, x, py);
    const [first] = near;
    if (!first) return;
    if (this.curves.length > 1) focusRun(this.svg, first.curve.runId);
    this.options.onHover?.(first.curve.runId);
    this.options.onStep?.(first.point.step);
    this.showNear(near, py);
  }

  leave(): void {
    this.dragFrom = null;
    this.hide();
    focusRun(this.svg, null);
    this.options.onHover?.(null);
    this.options.onStep?.(null);
  }

  press(px: number): void {
    this.dragFrom = this.inPlot(px);
  }

  release(px: number, py: number): void {
    if (this.dragFrom === null) return;
    const [from, to] = [this.dragFrom, this.inPlot(px)];
    this.dragFrom = null;
    this.area.setAttribute('visibility', 'hidden');
    if (Math.abs(to - from) > CLICK_PIXELS) zoomTo(from, to, this.scales, this.options);
    else selectAt(nearestOf(this.curves, this.scales, to, py)[0], this.options);
  }

  showStep(step: number | null): void {
    const x = step === null ? Number.NaN : this.scales.x(step);
    const near = x === this.inPlot(x) ? nearestOf(this.curves, this.scales, x, this.options.margin.top) : [];
    if (near.length > 0) this.showNear(near, this.options.margin.top + 30);
    else this.hide();
  }

  private showNear(near: Near[], y: number): void {
    const { step } = near[0]!.point;
    const x = String(tenth(this.scales.x(step)));
    for (const name of ['x1', 'x2']) this.hair.setAttribute(name, x);
    this.hair.setAttribute('visibility', 'visible');
    this.tip.show(Number(x), y, tipLines(near, step, this.curves.length > 1, this.options));
  }

  private hide(): void {
    this.tip.hide();
    for (const mark of [this.hair, this.area]) mark.setAttribute('visibility', 'hidden');
  }

  private inPlot(x: number): number {
    const { margin, width } = this.options;
    return Math.min(width - margin.right, Math.max(margin.left, x));
  }
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

/** The step, then a line a curve; a lone curve needs no name. */
function tipLines(near: Near[], step: number, areNamed: boolean, options: Options): TipLine[] {
  const { smoothing } = options;
  const listed = near.slice(0, LISTED);
  const lines = listed.map(({ curve, point }, i) => ({
    text: `${formatNumber(point.value, 5)}${areNamed ? `  ${curve.label}` : ''}${spread(point)}`,
    color: runColor(curve.runId),
    isStrong: i === 0 && near.length > 1,
  }));
  const more = near.length > LISTED ? [{ text: `and ${near.length - LISTED} more` }] : [];
  const note = smoothing.strength > 0 ? ', smoothed' : '';
  return [{ text: `${placeText(near[0]!.point, step, options)}${note}` }, ...lines, ...more];
}

/** Where the crosshair stands, and the step that was logged there where the axis shows something else. */
function placeText({ logged }: CurvePoint, step: number, { xTitle, xAxis = 'step' }: Options): string {
  if (xAxis === 'step') return `${xTitle ?? 'step'} ${formatNumber(step)}`;
  const at =
    xAxis === 'wall'
      ? new Date(step).toLocaleString()
      : `${formatNumber(step)} ${xAxis === 'relative' ? 's' : xAxis}`;
  return logged === undefined ? at : `${at}, step ${formatNumber(logged)}`;
}

const spread = ({ low, high }: CurvePoint) =>
  low === undefined || high === undefined || !(high > low)
    ? ''
    : `  (${formatNumber(low)} to ${formatNumber(high)})`;
