import { bisector, extent } from 'd3-array';
import { countText, formatNumber } from '../format/number.js';
import { drawTimeAxis, drawXAxis, drawYAxis } from './axes.js';
import { runColor, runDashes } from './colors.js';
import type { XAxis } from './curve-axis.js';
import { X_TITLES } from './curve-axis.js';
import { CANVAS_FROM, CROWD, drawOnCanvas } from './curve-canvas.js';
import { followPointer } from './curve-crosshair.js';
import { bucket, type Curve, type CurvePoint } from './curve-data.js';
import { type CurveScales, drawCurve, within } from './curve-marks.js';
import { type Mark, walkMarks } from './marks.js';
import { domainOf, isPlaceable, numericScale, type ScaleKind } from './scales.js';
import { type Smoothing, smooth } from './smoothing.js';
import { add, type ChartFrame, createChart, type Margin, sayEmpty, tenth } from './svg.js';

export interface LearningCurvesOptions extends ChartFrame {
  yTitle: string;
  xTitle?: string;
  /** what the points' `step` is; they have been placed there already (onAxis); default: the step itself */
  xAxis?: XAxis;
  yScale: ScaleKind;
  smoothing: Smoothing;
  /** steps (or what the axis shows) to show; undefined: all */
  xDomain?: [number, number];
  /** a level to compare with, e.g. the base model's loss */
  reference?: { label: string; value: number };
  /** a step to point at, e.g. where two curves part */
  place?: { label: string; step: number };
  emptyText?: string;
  /** dragging chose these steps; null: a double click chose all */
  onZoom?(steps: [number, number] | null): void;
  onHover?(runId: string | null): void;
  /** the step under the pointer, for the crosshairs of other charts (showStep) */
  onStep?(step: number | null): void;
  onSelect?(runId: string): void;
}

/** A curve ready to draw: smoothed, cut to the steps that are shown, no more points than pixels. */
export interface ShownCurve extends Curve {
  line: CurvePoint[];
  raw: CurvePoint[];
  dash: string;
}

const FEW = 10;
const LABELLED = 6;
const LABEL_ROOM = 112;

/**
 * Curves of runs over steps: a line each, a band where points are bucketed, a tick where a run was stopped, a cross where it diverged.
 * Values that the axis cannot place (NaN, or zero and below on a log axis) are marked on its edge, never dropped; points without a place on
 * the x axis are counted in words. Above some thousands of points lines and bands are on a canvas under the SVG.
 */
export function learningCurves(curves: Curve[], given: LearningCurvesOptions): SVGSVGElement | HTMLElement {
  const options = { ...given, xTitle: given.xTitle ?? X_TITLES[given.xAxis ?? 'step'] };
  const svg = createChart(options, `${options.yTitle} over ${options.xTitle}, ${curves.length} curves`);
  const drawn = curves.filter(({ points }) => points.length > 0);
  sayUnplaced(svg, curves, options);
  if (drawn.length === 0) return sayEmpty(svg, options, options.emptyText ?? 'No points yet');
  const margin = marginFor(drawn, options);
  const shown = prepare(drawn, options, options.width - margin.left - margin.right);
  const scales = scalesFor(shown, options, margin);
  const plot = { ...options, margin };
  if (options.xAxis === 'wall') drawTimeAxis(svg, scales.x, plot, options.xTitle);
  else drawXAxis(svg, scales.x, 'linear', plot, options.xTitle);
  drawYAxis(svg, scales.isEmpty ? null : scales.y, options.yScale, plot, options.yTitle);
  if (options.reference) drawReference(svg, options.reference, scales, options, margin);
  if (options.place) drawPlace(svg, options.place, scales, options, margin);
  const marks = add(svg, 'g', { class: shown.length > FEW ? 'marks many' : 'marks' });
  const stack = drawAll(svg, marks, shown, scales, options);
  if (shown.length > 1) drawLabels(marks, shown, scales, options.width - margin.right);
  followPointer(svg, shown, scales, plot);
  walkMarks(svg, curveEnds(shown, scales, options), { ...options, hasRing: true });
  return stack ?? svg;
}

/** @returns the chart over its canvas, where the curves are on one */
function drawAll(
  svg: SVGSVGElement,
  marks: SVGGElement,
  shown: ShownCurve[],
  scales: CurveScales,
  options: LearningCurvesOptions,
): HTMLElement | null {
  const count = shown.reduce((sum, { line }) => sum + line.length, 0);
  const front = add(svg, 'g', { class: 'front-curve' });
  const focus = (curve: ShownCurve | undefined) => {
    front.replaceChildren();
    if (curve) drawCurve(front, { ...curve, isEmphasised: true }, scales, 'all');
  };
  const stack = count > CANVAS_FROM ? drawOnCanvas(svg, inOrder(shown), scales, options, focus) : null;
  if (stack) svg.setAttribute('data-canvas', '');
  else front.remove();
  const withRaw = options.smoothing.strength > 0 && shown.length <= 3;
  for (const curve of inOrder(shown))
    drawCurve(marks, curve, scales, stack ? 'marks' : withRaw ? 'raw' : 'all');
  return stack;
}

function sayUnplaced(svg: SVGSVGElement, curves: Curve[], { width, xTitle }: LearningCurvesOptions): void {
  const n = curves.reduce((sum, { unplaced = 0 }) => sum + unplaced, 0);
  if (n === 0) return;
  const text = `${countText(n, 'point')} without ${xTitle}`;
  add(svg, 'text', { class: 'label not-finite-label', x: width - 12, y: 11, 'text-anchor': 'end' }, text);
}

/** An upright line at a step; nothing where the step is not among those shown. */
function drawPlace(
  svg: SVGSVGElement,
  { step, label }: { step: number; label: string },
  { x }: CurveScales,
  { height }: LearningCurvesOptions,
  margin: Margin,
): void {
  const at = tenth(x(step));
  if (at < x.range()[0]! || at > x.range()[1]!) return;
  add(svg, 'line', { class: 'reference place', x1: at, x2: at, y1: margin.top, y2: height - margin.bottom });
  const isLeft = at > (x.range()[0]! + x.range()[1]!) / 2;
  const anchor = { x: at + (isLeft ? -4 : 4), y: margin.top + 10, 'text-anchor': isLeft ? 'end' : 'start' };
  add(svg, 'text', { class: 'label', ...anchor }, label);
}

function marginFor(curves: Curve[], { width }: LearningCurvesOptions): Margin {
  const hasLabels = curves.length > 1 && labelledOf(curves).length > 0 && width > 420;
  return { top: 22, right: hasLabels ? LABEL_ROOM : 12, bottom: 32, left: 48 };
}

/** In a crowd two pixels share a bucket: lines are a pixel wide and cross each other anyway. */
function prepare(curves: Curve[], options: LearningCurvesOptions, room: number): ShownCurve[] {
  const dashes = runDashes(curves.length <= FEW ? curves.map(({ runId }) => runId) : []);
  const columns = Math.max(50, Math.round(curves.length > CROWD ? room / 2 : room));
  return curves.map((curve) => {
    const raw = bucket(cut(curve.points, options.xDomain), columns);
    const smoothed = smooth(curve.points, options.smoothing);
    const line = smoothed === curve.points ? raw : bucket(cut(smoothed, options.xDomain), columns);
    return { ...curve, raw, line, dash: dashes.get(curve.runId) ?? '' };
  });
}

const stepsOf = bisector((point: CurvePoint) => point.step);

function cut(points: CurvePoint[], steps: [number, number] | undefined): CurvePoint[] {
  if (!steps) return points;
  return points.slice(stepsOf.left(points, steps[0]), stepsOf.right(points, steps[1]));
}

function scalesFor(shown: ShownCurve[], options: LearningCurvesOptions, margin: Margin): CurveScales {
  const steps =
    options.xDomain ??
    extent(shown.flatMap(({ points }) => [points[0]!.step, points[points.length - 1]!.step]));
  const [first = 0, last = 1] = steps as [number, number];
  const xDomain: [number, number] = first === last ? [first - 1, last + 1] : [first, last];
  const x = numericScale('linear', xDomain, [margin.left, options.width - margin.right]);
  const range: [number, number] = [options.height - margin.bottom, margin.top];
  const domain = yDomain(shown, options);
  const y = numericScale(options.yScale, domain ?? [1, 2], range);
  return { x, y, kind: options.yScale, isEmpty: domain === undefined };
}

/** Undefined when no value has a place on the axis. */
function yDomain(
  shown: ShownCurve[],
  { yScale, reference }: LearningCurvesOptions,
): [number, number] | undefined {
  const values = countedValues(shown);
  return domainOf(reference ? [...values, reference.value] : values, yScale);
}

/** A diverged run must not press the others flat: of its values only those count that are no higher than the others'. */
function countedValues(shown: ShownCurve[]): number[] {
  const sound: number[] = [];
  let highest = Number.NEGATIVE_INFINITY;
  for (const { line, end } of shown) {
    if (end === 'diverged') continue;
    for (const { value } of line) {
      if (!Number.isFinite(value)) continue;
      sound.push(value);
      if (value > highest) highest = value;
    }
  }
  const diverged = shown.filter(({ end }) => end === 'diverged').flatMap(({ line }) => line);
  const values = diverged.map(({ value }) => value);
  return sound.length === 0 ? values : sound.concat(values.filter((value) => value <= highest));
}

/** The keyboard walks from curve to curve, in the order of their labels. */
function curveEnds(
  shown: ShownCurve[],
  { x, y, kind }: CurveScales,
  { yTitle }: LearningCurvesOptions,
): Mark[] {
  return shown.flatMap((curve) => {
    const last = lastPlaceable(curve, kind);
    if (!last) return [];
    const lines = () => [
      { text: `${curve.label}, ${curve.end}`, color: runColor(curve.runId), isStrong: true },
      {
        text: `${yTitle}: last ${formatNumber(last.value, 5)} at ${formatNumber(last.step)}, ${curve.count} points`,
      },
    ];
    return [{ runId: curve.runId, x: x(last.step), y: within(y(last.value), y), lines }];
  });
}

/** Emphasised curves are drawn last, in front. */
function inOrder(shown: ShownCurve[]): ShownCurve[] {
  return [...shown].sort((a, b) => Number(a.isEmphasised ?? false) - Number(b.isEmphasised ?? false));
}

function labelledOf<C extends Curve>(curves: C[]): C[] {
  return curves.length <= LABELLED ? curves : curves.filter(({ isEmphasised }) => isEmphasised);
}

function drawReference(
  svg: SVGSVGElement,
  { label, value }: { label: string; value: number },
  scales: CurveScales,
  { width }: ChartFrame,
  margin: Margin,
): void {
  if (!isPlaceable(value, scales.kind)) return;
  const y = tenth(scales.y(value));
  add(svg, 'line', { class: 'reference', x1: margin.left, x2: width - margin.right, y1: y, y2: y });
  add(svg, 'text', { class: 'label', x: margin.left + 4, y: y - 4 }, label);
}

/** Names at the right ends, pushed apart so that they do not cover each other. */
function drawLabels(marks: Element, shown: ShownCurve[], { x, y, kind }: CurveScales, right: number): void {
  const placed = labelledOf(shown)
    .map((curve) => ({ curve, last: lastPlaceable(curve, kind) }))
    .flatMap(({ curve, last }) => (last ? [{ curve, at: within(y(last.value), y), end: x(last.step) }] : []))
    .sort((a, b) => a.at - b.at);
  let lowest = Number.NEGATIVE_INFINITY;
  for (const { curve, at, end } of placed) {
    lowest = Math.max(at, lowest + 13);
    const where = { x: tenth(Math.min(end, right) + 8), y: tenth(lowest + 4) };
    add(marks, 'text', { class: 'label', 'data-run': curve.runId, ...where }, shorten(curve.label));
  }
}

function lastPlaceable({ line }: ShownCurve, kind: ScaleKind): CurvePoint | undefined {
  return line.findLast(({ value }) => isPlaceable(value, kind));
}

const shorten = (label: string) => (label.length > 18 ? `${label.slice(0, 17)}…` : label);
