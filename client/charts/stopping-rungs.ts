import { formatNumber } from '../format/number.js';
import { drawXAxis, drawYAxis } from './axes.js';
import { runColor } from './colors.js';
import { followMarks } from './marks.js';
import { domainOf, isPlaceable, type NumericScale, numericScale, type ScaleKind } from './scales.js';
import { add, type ChartFrame, createChart, type Margin, sayEmpty, tenth } from './svg.js';

/** One judgement of the stopping rule over a run. */
export interface RungDecision {
  runId: string;
  label: string;
  /** step of the value that was judged */
  step: number;
  value: number;
  /** what it was held against; undefined where the rule has none */
  threshold?: number;
  isStop: boolean;
  /** how many others it was compared with */
  peers: number;
  why: string;
}

export interface StoppingRungsOptions extends ChartFrame {
  yTitle: string;
  yScale: ScaleKind;
  emptyText?: string;
  onHover?(runId: string | null): void;
  onSelect?(runId: string): void;
}

const MARGIN: Margin = { top: 36, right: 16, bottom: 34, left: 48 };
const LOG_RATIO = 8;
const MANY = 3000;

/**
 * What the stopping rule saw: at each rung the judged values, those that went on filled, those that were stopped with a tick across, joined run by run;
 * a dash is the threshold that decided. Above each rung: how many of those that reached it went on.
 */
export function stoppingRungs(decisions: RungDecision[], options: StoppingRungsOptions): SVGSVGElement {
  const stopped = new Set(decisions.filter(({ isStop }) => isStop).map(({ runId }) => runId)).size;
  const runs = new Set(decisions.map(({ runId }) => runId)).size;
  const svg = createChart(options, `stopping rungs: ${stopped} of ${runs} runs stopped`);
  if (decisions.length === 0)
    return sayEmpty(svg, options, options.emptyText ?? 'The stopping rule has judged nothing yet');
  const steps = [...new Set(decisions.map(({ step }) => step))].sort((a, b) => a - b);
  const xKind: ScaleKind =
    steps[0]! > 0 && steps[steps.length - 1]! / steps[0]! >= LOG_RATIO ? 'log' : 'linear';
  const x = numericScale(xKind, domainOf(steps, xKind) ?? [0, 1], [
    MARGIN.left,
    options.width - MARGIN.right,
  ]);
  const values = decisions.flatMap(({ value, threshold }) => [value, threshold ?? Number.NaN]);
  const domain = domainOf(values, options.yScale);
  const y = numericScale(options.yScale, domain ?? [1, 2], [options.height - MARGIN.bottom, MARGIN.top]);
  drawXAxis(svg, x, xKind, { ...options, margin: MARGIN }, 'step');
  drawYAxis(svg, domain ? y : null, options.yScale, { ...options, margin: MARGIN }, options.yTitle);
  drawCounts(svg, steps, decisions, x);
  const marks = add(svg, 'g', { class: 'marks' });
  for (const own of byRun(decisions)) drawRun(marks, own, x, y, options.yScale, decisions.length <= MANY);
  drawThresholds(svg, decisions, x, y, options.yScale);
  followMarks(
    svg,
    decisions.map((decision) => markOf(decision, x, y, options.yScale)),
    options,
  );
  return svg;
}

function byRun(decisions: RungDecision[]): RungDecision[][] {
  const runs = new Map<string, RungDecision[]>();
  for (const decision of decisions) {
    if (!runs.has(decision.runId)) runs.set(decision.runId, []);
    runs.get(decision.runId)!.push(decision);
  }
  return [...runs.values()].map((own) => own.sort((a, b) => a.step - b.step));
}

const WIDE = 46;

/** `5 of 9 on`, where there is room; else `5/9`; and only every so many. */
function drawCounts(svg: Element, steps: number[], decisions: RungDecision[], x: NumericScale): void {
  let free = Number.NEGATIVE_INFINITY;
  const isRoomy = steps.every((step, i) => i === 0 || x(step) - x(steps[i - 1]!) > WIDE * 1.4);
  for (const step of steps) {
    const at = tenth(x(step));
    if (at - WIDE / 2 < free) continue;
    free = at + WIDE / 2;
    const here = decisions.filter((one) => one.step === step);
    const on = here.filter(({ isStop }) => !isStop).length;
    const text = isRoomy ? `${on} of ${here.length} on` : `${on}/${here.length}`;
    add(svg, 'text', { class: 'label', x: at, y: MARGIN.top - 8, 'text-anchor': 'middle' }, text);
  }
}

function heightOf(value: number, y: NumericScale, kind: ScaleKind): number {
  return tenth(isPlaceable(value, kind) ? y(value) : y.range()[1]!);
}

function drawRun(
  marks: Element,
  own: RungDecision[],
  x: NumericScale,
  y: NumericScale,
  kind: ScaleKind,
  hasDots: boolean,
): void {
  const [first] = own;
  const color = runColor(first!.runId);
  const group = add(marks, 'g', { 'data-run': first!.runId });
  const at = ({ step, value }: RungDecision) => `${tenth(x(step))},${heightOf(value, y, kind)}`;
  if (own.length > 1)
    add(group, 'path', { class: 'curve rung-path', d: `M${own.map(at).join('L')}`, stroke: color });
  let [crosses, ticks] = ['', ''];
  for (const { step, value, isStop } of own) {
    const [cx, cy] = [tenth(x(step)), heightOf(value, y, kind)];
    if (!isPlaceable(value, kind)) crosses += `M${cx - 4},${cy - 3}l8,8m0,-8l-8,8`;
    else if (isStop) ticks += `M${cx},${tenth(cy - 5)}v10`;
    else if (hasDots) add(group, 'circle', { class: 'point', cx, cy, r: 3, fill: color });
  }
  if (ticks) add(group, 'path', { class: 'mark', d: ticks, stroke: color });
  if (crosses) add(group, 'path', { class: 'mark not-finite-mark', d: crosses, stroke: color });
}

/** The last threshold at each step: it moves as more runs get there. */
function drawThresholds(
  svg: Element,
  decisions: RungDecision[],
  x: NumericScale,
  y: NumericScale,
  kind: ScaleKind,
): void {
  const last = new Map(
    decisions.flatMap(({ step, threshold }) =>
      isPlaceable(threshold, kind) ? [[step, threshold] as const] : [],
    ),
  );
  const d = [...last].map(([step, threshold]) => `M${tenth(x(step) - 9)},${tenth(y(threshold))}h18`).join('');
  if (d) add(svg, 'path', { class: 'threshold', d });
}

function markOf(decision: RungDecision, x: NumericScale, y: NumericScale, kind: ScaleKind) {
  const { runId, label, step, value, threshold, isStop, peers, why } = decision;
  return {
    ...{ runId, x: x(step), y: heightOf(value, y, kind) },
    lines: () => [
      {
        text: `${label}, step ${formatNumber(step)}: ${isStop ? 'stopped' : 'went on'}`,
        color: runColor(runId),
        isStrong: true,
      },
      { text: `${formatNumber(value, 5)} against ${formatNumber(threshold, 5)} (${peers} peers)` },
      ...(why ? [{ text: why.length > 70 ? `${why.slice(0, 69)}…` : why }] : []),
    ],
  };
}
