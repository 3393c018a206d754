import { extent } from 'd3-array';
import { formatNumber } from '../format/number.js';
import { runColor } from './colors.js';
import { followMarks } from './marks.js';
import { domainOf, type NumericScale, numericScale, tickLabel } from './scales.js';
import { add, type ChartFrame, createChart, sayEmpty, tenth } from './svg.js';

export interface TrialPoint {
  runId: string;
  /** from 1 */
  number: number;
  objective: number | undefined;
  end: string;
}

export interface BestSoFarOptions extends ChartFrame {
  title: string;
  goal: 'minimize' | 'maximize';
  onHover?(runId: string | null): void;
  onSelect?(runId: string): void;
}

const MARGIN = { top: 20, right: 8, bottom: 16, left: 48 };
const NEAR = 20;

/** Each trial's objective in the order of the trials, and a staircase of the best. Trials whose objective is not finite are crosses on top. */
export function bestSoFarChart(points: TrialPoint[], options: BestSoFarOptions): SVGSVGElement {
  const svg = createChart(options, `${options.title}, ${points.length} trials`);
  add(svg, 'text', { class: 'axis-title', x: 0, y: 11 }, options.title);
  const scored = points.filter(({ objective }) => objective !== undefined);
  const domain = domainOf(
    scored.map(({ objective }) => objective!),
    'linear',
  );
  if (scored.length === 0) return sayEmpty(svg, options, 'No trial has ended yet');
  const [first = 1, last = 1] = extent(points, ({ number }) => number);
  const x = numericScale('linear', [first - 0.5, last + 0.5], [MARGIN.left, options.width - MARGIN.right]);
  const y = numericScale('linear', domain ?? [0, 1], [options.height - MARGIN.bottom, MARGIN.top]);
  drawLevels(svg, y, domain, options);
  add(svg, 'path', { class: 'curve staircase', d: staircase(scored, x, y, options), stroke: 'var(--ink)' });
  const marks = add(svg, 'g', { class: 'marks' });
  for (const point of scored) drawTrial(marks, point, x, y);
  follow(svg, scored, x, y, options);
  return svg;
}

function drawLevels(
  svg: Element,
  y: NumericScale,
  domain: [number, number] | undefined,
  frame: ChartFrame,
): void {
  if (!domain) return;
  for (const tick of y.ticks(3)) {
    const mark = add(svg, 'g', { class: 'axis' });
    const line = add(mark, 'g', { class: 'tick', transform: `translate(0,${tenth(y(tick))})` });
    add(line, 'line', { x1: MARGIN.left, x2: frame.width - MARGIN.right });
    add(line, 'text', { x: MARGIN.left - 6, y: 4, 'text-anchor': 'end' }, tickLabel(tick));
  }
}

/** The best objective up to each trial. */
function staircase(
  points: TrialPoint[],
  x: NumericScale,
  y: NumericScale,
  { goal, width }: BestSoFarOptions,
): string {
  let best: number | undefined;
  let path = '';
  for (const { number, objective } of points) {
    const isNewBest =
      Number.isFinite(objective) &&
      (best === undefined || (goal === 'minimize' ? objective! < best : objective! > best));
    if (!isNewBest) continue;
    path +=
      best === undefined
        ? `M${tenth(x(number))},${tenth(y(objective!))}`
        : `H${tenth(x(number))}V${tenth(y(objective!))}`;
    best = objective;
  }
  return path === '' ? '' : `${path}H${width - MARGIN.right}`;
}

function drawTrial(
  marks: Element,
  { runId, number, objective }: TrialPoint,
  x: NumericScale,
  y: NumericScale,
): void {
  const group = add(marks, 'g', { 'data-run': runId });
  const at = tenth(x(number));
  if (Number.isFinite(objective)) {
    add(group, 'circle', { class: 'point', cx: at, cy: tenth(y(objective!)), r: 3.5, fill: runColor(runId) });
  } else {
    add(group, 'path', {
      class: 'mark',
      d: `M${at - 3},${MARGIN.top - 3}l6,6m0,-6l-6,6`,
      stroke: runColor(runId),
    });
  }
}

function follow(
  svg: SVGSVGElement,
  points: TrialPoint[],
  x: NumericScale,
  y: NumericScale,
  options: BestSoFarOptions,
): void {
  const marks = points.map(({ runId, number, objective, end }) => ({
    ...{ runId, x: x(number), y: Number.isFinite(objective) ? y(objective!) : MARGIN.top },
    half: [0, options.height] as [number, number],
    lines: () => [{ text: `trial ${number}, ${end}: ${formatNumber(objective, 5)}`, color: runColor(runId) }],
  }));
  followMarks(svg, marks, { ...options, near: NEAR });
}
