import { quantileSorted } from 'd3-array';
import { scalePoint } from 'd3-scale';
import { area, line } from 'd3-shape';
import { formatNumber } from '../format/number.js';
import { drawXAxis, drawYAxis } from './axes.js';
import { runColor } from './colors.js';
import { followMarks, type Mark } from './marks.js';
import {
  domainOf,
  isPlaceable,
  type NumericScale,
  numericScale,
  type ScaleKind,
  tickLabel,
} from './scales.js';
import { add, type ChartFrame, createChart, type Margin, sayEmpty, tenth } from './svg.js';

export interface SlicePoint {
  runId: string;
  label: string;
  /** the parameter's value in this trial; undefined: it has none there */
  x: number | string | undefined;
  y: number | undefined;
  isBest?: boolean;
}

/** What the model believes along one parameter, the others held at the best point. */
export interface SliceModelPoint {
  x: number | string;
  mean: number;
  /** ends of the 95 % interval of the noise-free value */
  low: number;
  high: number;
}

export interface SlicePlotOptions extends ChartFrame {
  xTitle: string;
  yTitle: string;
  xKind: ScaleKind | 'ordinal';
  yScale: ScaleKind;
  emptyText?: string;
  onHover?(runId: string | null): void;
  onSelect?(runId: string): void;
}

const MARGIN: Margin = { top: 22, right: 14, bottom: 34, left: 48 };
const MANY = 1500;

interface Placed {
  place(x: number | string | undefined): number | undefined;
  y: NumericScale;
  kind: ScaleKind;
}

/**
 * The trials over one parameter, with the model's mean and 95 % interval along it where the other parameters are those of the best point. The
 * dots are where they were tried, with other parameters of their own: they need not lie in the band.
 */
export function slicePlot(
  data: { trials: SlicePoint[]; model: SliceModelPoint[] },
  options: SlicePlotOptions,
): SVGSVGElement {
  const trials = data.trials.filter(({ x, y }) => x !== undefined && y !== undefined);
  const svg = createChart(options, `${options.yTitle} over ${options.xTitle}, ${trials.length} trials`);
  if (trials.length === 0 && data.model.length === 0)
    return sayEmpty(svg, options, options.emptyText ?? 'No trial has a result yet');
  const y = yScaleOf(trials, data.model, options);
  drawYAxis(svg, y.scale, options.yScale, { ...options, margin: MARGIN }, options.yTitle);
  const place = drawXPlaces(
    svg,
    [...trials, ...data.model].map(({ x }) => x!),
    options,
  );
  const placed = { place, y: y.scale ?? y.spare, kind: options.yScale };
  drawModel(svg, data.model, placed, options.xKind);
  const marks = add(svg, 'g', { class: 'marks' });
  for (const trial of trials.length > MANY ? [] : trials) drawTrial(marks, trial, placed);
  if (trials.length > MANY) drawDots(marks, trials, placed);
  followMarks(
    svg,
    trials.flatMap((trial) => markOf(trial, placed, options)),
    options,
  );
  return svg;
}

/** The model's interval decides, and the trials that are no outliers (Tukey's fences): others stand on the edge, pointing to where they are. */
function yScaleOf(trials: SlicePoint[], model: SliceModelPoint[], { height, yScale }: SlicePlotOptions) {
  const values = trials.map(({ y }) => y!).filter((y) => isPlaceable(y, yScale));
  const domain = domainOf(
    [...withinFences(values), ...model.flatMap(({ low, high }) => [low, high])],
    yScale,
  );
  const range: [number, number] = [height - MARGIN.bottom, MARGIN.top];
  return {
    scale: domain ? numericScale(yScale, domain, range) : null,
    spare: numericScale(yScale, [1, 2], range),
  };
}

const FENCED = 8;

function withinFences(values: number[]): number[] {
  if (values.length < FENCED) return values;
  const sorted = [...values].sort((a, b) => a - b);
  const [q1, q3] = [quantileSorted(sorted, 0.25)!, quantileSorted(sorted, 0.75)!];
  const reach = 1.5 * (q3 - q1);
  return values.filter((value) => value >= q1 - reach && value <= q3 + reach);
}

function drawXPlaces(
  svg: SVGSVGElement,
  values: (number | string)[],
  options: SlicePlotOptions,
): Placed['place'] {
  const { width, height, xKind, xTitle } = options;
  const range: [number, number] = [MARGIN.left, width - MARGIN.right];
  if (xKind === 'ordinal') return drawNames(svg, values.map(String), range, options);
  const numbers = values.filter((x): x is number => typeof x === 'number');
  const scale = numericScale(xKind, domainOf(numbers, xKind) ?? [0.1, 1], range);
  drawXAxis(
    svg,
    scale,
    xKind,
    { width, height, margin: MARGIN },
    xKind === 'log' ? `${xTitle}, log` : xTitle,
  );
  return (x) => (typeof x === 'number' && isPlaceable(x, xKind) ? scale(x) : undefined);
}

function drawNames(
  svg: SVGSVGElement,
  values: string[],
  range: [number, number],
  { width, height, xTitle }: SlicePlotOptions,
): Placed['place'] {
  const names = [...new Set(values)];
  const scale = scalePoint(names, range).padding(0.5);
  const axis = add(svg, 'g', { class: 'axis' });
  const room = Math.max(3, Math.floor(scale.step() / 6.2));
  for (const name of names) {
    const text = name.length > room ? `${name.slice(0, room - 1)}…` : name;
    const where = { x: tenth(scale(name)!), y: height - MARGIN.bottom + 14, 'text-anchor': 'middle' };
    add(axis, 'text', where, text);
  }
  const where = { x: width - MARGIN.right, y: height - 2, 'text-anchor': 'end' };
  add(axis, 'text', { class: 'axis-title', ...where }, xTitle);
  return (x) => scale(String(x));
}

function drawModel(
  svg: Element,
  model: SliceModelPoint[],
  placed: Placed,
  xKind: SlicePlotOptions['xKind'],
): void {
  const { place, y, kind } = placed;
  const points = model.filter(
    ({ x, mean, low, high }) =>
      place(x) !== undefined && [mean, low, high].every((v) => isPlaceable(v, kind)),
  );
  if (points.length === 0) return;
  const group = add(svg, 'g', { class: 'model' });
  if (xKind === 'ordinal' || points.length === 1) {
    for (const point of points) drawModelBar(group, point, placed);
    return;
  }
  const x = (p: SliceModelPoint) => tenth(place(p.x)!);
  const band = area<SliceModelPoint>(
    x,
    (p) => tenth(y(p.low)),
    (p) => tenth(y(p.high)),
  );
  add(group, 'path', { class: 'model-band', d: band(points) ?? undefined });
  add(group, 'path', {
    class: 'model-mean',
    d: line<SliceModelPoint>(x, (p) => tenth(y(p.mean)))(points) ?? undefined,
  });
}

function drawModelBar(group: Element, point: SliceModelPoint, { place, y }: Placed): void {
  const [x, low, high, mean] = [place(point.x)!, y(point.low), y(point.high), y(point.mean)].map(tenth);
  const box = { x: x! - 12, y: Math.min(low!, high!), width: 24, height: tenth(Math.abs(low! - high!)) };
  add(group, 'rect', { class: 'model-band', ...box });
  add(group, 'path', { class: 'model-mean', d: `M${x! - 12},${mean}h24` });
}

function heightOf(y: number, placed: Placed): number {
  const [bottom = 0, top = 0] = placed.y.range();
  return tenth(isPlaceable(y, placed.kind) ? Math.min(bottom, Math.max(top, placed.y(y))) : top);
}

/** Beyond the axis: a triangle that points to where the trial is. */
function drawBeyond(group: Element, cx: number, cy: number, isAbove: boolean, color: string): void {
  const d = isAbove ? `M${cx - 4},${cy + 4}l4,-7l4,7z` : `M${cx - 4},${cy - 4}l4,7l4,-7z`;
  add(group, 'path', { class: 'mark beyond-mark', d, stroke: color });
}

function drawTrial(marks: Element, { runId, x, y, isBest }: SlicePoint, placed: Placed): void {
  const at = placed.place(x);
  if (at === undefined) return;
  const [cx, cy, color] = [tenth(at), heightOf(y!, placed), runColor(runId)];
  const group = add(marks, 'g', { 'data-run': runId });
  if (isBest) add(group, 'circle', { class: 'best-ring', cx, cy, r: 7 });
  const [bottom = 0, top = 0] = placed.y.range();
  const level = isPlaceable(y, placed.kind) ? placed.y(y) : undefined;
  if (level === undefined)
    add(group, 'path', {
      class: 'mark not-finite-mark',
      d: `M${cx - 4},${cy - 3}l8,8m0,-8l-8,8`,
      stroke: color,
    });
  else if (level < top || level > bottom) drawBeyond(group, cx, cy, level < top, color);
  else add(group, 'circle', { class: 'point', cx, cy, r: 3.5, fill: color });
}

function drawDots(marks: Element, trials: SlicePoint[], placed: Placed): void {
  const parts = trials.flatMap(({ x, y }) => {
    const at = placed.place(x);
    return at === undefined ? [] : [`M${tenth(at)},${heightOf(y!, placed)}h0`];
  });
  const look = { class: 'dots', 'stroke-width': 4, 'stroke-linecap': 'round', opacity: 0.5 };
  add(marks, 'path', { ...look, d: parts.join(''), stroke: 'var(--ink-faint)' });
}

function markOf(trial: SlicePoint, placed: Placed, { xTitle, yTitle }: SlicePlotOptions): Mark[] {
  const at = placed.place(trial.x);
  if (at === undefined) return [];
  const said = typeof trial.x === 'number' ? tickLabel(trial.x) : String(trial.x);
  const lines = () => [
    { text: trial.label, color: runColor(trial.runId), isStrong: true },
    { text: `${xTitle}: ${said}` },
    { text: `${yTitle}: ${formatNumber(trial.y, 5)}` },
  ];
  return [{ runId: trial.runId, x: at, y: heightOf(trial.y!, placed), lines }];
}
