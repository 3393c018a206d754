import { formatNumber } from '../format/number.js';
import { drawXAxis, drawYAxis } from './axes.js';
import { runColor } from './colors.js';
import { followMarks } from './marks.js';
import { domainOf, isPlaceable, type NumericScale, numericScale, type ScaleKind } from './scales.js';
import { add, type ChartFrame, createChart, type Margin, sayEmpty, tenth } from './svg.js';

/** One search: its trials in the order in which they ended. */
export interface SearchPath {
  /** stable: it decides the colour */
  searchId: string;
  label: string;
  trials: { runId: string; label: string; cost: number; value: number | undefined }[];
}

export interface RegretOptions extends ChartFrame {
  goal: 'minimize' | 'maximize';
  /** of the objective, for the axis title */
  metric: string;
  /** what the cost is counted in, e.g. `s of training` */
  costTitle: string;
  yScale: ScaleKind;
  /** the best value that there is, where it is known (a benchmark, a full grid); absent: the best that any search found */
  optimum?: number;
  emptyText?: string;
  onHover?(runId: string | null): void;
  onSelect?(runId: string): void;
}

interface Step {
  runId: string;
  label: string;
  /** what all trials up to here cost together */
  cost: number;
  /** how far the best up to here is from the optimum, ≥ 0 */
  regret: number;
  isNewBest: boolean;
}

const MARGIN: Margin = { top: 22, right: 16, bottom: 34, left: 56 };
const MANY = 1500;

/**
 * How far the best result so far is from the best one, against what the search had cost by then: a staircase a search, a dot where it found
 * something better. Where a regret of zero has no place (log axis) the staircase ends on the lower edge with a broken mark.
 */
export function regretAgainstCost(searches: SearchPath[], options: RegretOptions): SVGSVGElement {
  const optimum = options.optimum ?? bestOf(searches, options.goal);
  const paths = searches.map((search) => ({ search, steps: stepsOf(search, optimum, options.goal) }));
  const title = `${options.metric} above ${options.optimum === undefined ? 'the best found' : 'the optimum'}`;
  const svg = createChart(options, `regret (${title}) against cost, ${searches.length} searches`);
  const steps = paths.flatMap(({ steps }) => steps);
  if (steps.length === 0) return sayEmpty(svg, options, options.emptyText ?? 'No trial has ended yet');
  const most = Math.max(...steps.map(({ cost }) => cost));
  const x = numericScale('linear', [0, most || 1], [MARGIN.left, options.width - MARGIN.right]);
  const range: [number, number] = [options.height - MARGIN.bottom, MARGIN.top];
  const domain = regretDomain(steps, options.yScale);
  const y = numericScale(options.yScale, domain ?? [0.1, 1], range);
  drawXAxis(svg, x, 'linear', { ...options, margin: MARGIN }, options.costTitle);
  drawYAxis(svg, domain ? y : null, options.yScale, { ...options, margin: MARGIN }, title);
  const marks = add(svg, 'g', { class: 'marks' });
  for (const { search, steps } of paths) drawPath(marks, search, steps, x, y, options.yScale);
  followMarks(
    svg,
    paths.flatMap(({ search, steps }) => steps.map((step) => markOf(step, search, x, y, options.yScale))),
    options,
  );
  return svg;
}

/** Regret is never below zero; where all of it is zero there is still an axis to say so. */
function regretDomain(steps: Step[], kind: ScaleKind): [number, number] | undefined {
  const regrets = steps.map(({ regret }) => regret);
  if (kind === 'log') return domainOf(regrets, kind);
  const most = Math.max(...regrets);
  return [0, most > 0 ? most * 1.05 : 1];
}

function bestOf(searches: SearchPath[], goal: RegretOptions['goal']): number {
  const values = searches.flatMap(({ trials }) => trials.map(({ value }) => value ?? Number.NaN));
  const finite = values.filter(Number.isFinite);
  return finite.reduce((a, b) => (goal === 'minimize' ? Math.min(a, b) : Math.max(a, b)), finite[0] ?? 0);
}

/** From the first finite result on; trials without one cost as well. */
function stepsOf({ trials }: SearchPath, optimum: number, goal: RegretOptions['goal']): Step[] {
  let [cost, best] = [0, Number.POSITIVE_INFINITY];
  return trials.flatMap(({ runId, label, cost: own, value }) => {
    cost += Number.isFinite(own) ? own : 0;
    const loss = value !== undefined && Number.isFinite(value) ? distance(value, optimum, goal) : best;
    const isNewBest = loss < best;
    best = Math.min(best, loss);
    return Number.isFinite(best) ? [{ runId, label, cost, regret: best, isNewBest }] : [];
  });
}

/** A value better than the stated optimum has no regret. */
function distance(value: number, optimum: number, goal: RegretOptions['goal']): number {
  return Math.max(0, goal === 'minimize' ? value - optimum : optimum - value);
}

function heightOf(regret: number, y: NumericScale, kind: ScaleKind): number {
  return tenth(isPlaceable(regret, kind) ? y(regret) : y.range()[0]!);
}

function drawPath(
  marks: Element,
  search: SearchPath,
  steps: Step[],
  x: NumericScale,
  y: NumericScale,
  kind: ScaleKind,
): void {
  const [first] = steps;
  if (!first) return;
  const color = runColor(search.searchId);
  const group = add(marks, 'g', { 'data-search': search.searchId });
  const changes = steps.filter(({ isNewBest }) => isNewBest);
  const stairs = changes.map((step, i) => {
    const [at, level] = [tenth(x(step.cost)), heightOf(step.regret, y, kind)];
    return i === 0 ? `M${at},${level}` : `H${at}V${level}`;
  });
  const end = `H${tenth(x(steps[steps.length - 1]!.cost))}`;
  add(group, 'path', { class: 'curve staircase', d: stairs.join('') + end, stroke: color });
  const dots = changes.slice(-MANY).filter(({ regret }) => isPlaceable(regret, kind));
  for (const { runId, cost, regret } of dots) {
    const at = { cx: tenth(x(cost)), cy: tenth(y(regret)) };
    add(group, 'circle', { class: 'point', 'data-run': runId, ...at, r: 3.5, fill: color });
  }
  const zero = changes.find(({ regret }) => !isPlaceable(regret, kind));
  if (zero) {
    const d = `M${tenth(x(zero.cost)) - 3},${y.range()[0]! - 1}l3,-5m1,5l3,-5`;
    add(group, 'path', { class: 'mark broken-mark', d, stroke: color });
  }
}

function markOf(step: Step, search: SearchPath, x: NumericScale, y: NumericScale, kind: ScaleKind) {
  const found = step.isNewBest ? 'new best' : 'no better';
  return {
    ...{ runId: step.runId, x: x(step.cost), y: heightOf(step.regret, y, kind) },
    lines: () => [
      { text: `${search.label}, ${step.label}: ${found}`, color: runColor(search.searchId), isStrong: true },
      { text: `regret ${formatNumber(step.regret, 4)} after ${formatNumber(step.cost, 4)}` },
    ],
  };
}
