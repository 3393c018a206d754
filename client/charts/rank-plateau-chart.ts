import type { RankPlateau, RankSummary } from '../../src/analysis/rank-plateau.js';
import { formatNumber } from '../format/number.js';
import { drawYAxis } from './axes.js';
import { runColor } from './colors.js';
import { followMarks, type Mark } from './marks.js';
import { domainOf, type NumericScale, numericScale, type ScaleKind, tickLabel } from './scales.js';
import { add, type ChartFrame, createChart, type Margin, sayEmpty, tenth } from './svg.js';

export interface RankedRun {
  runId: string;
  label: string;
  rank: number;
  /** loss: smaller is better */
  loss: number;
  /** one of the runs that the rank's mean is made of */
  isCompared: boolean;
}

export interface RankPlateauOptions extends ChartFrame {
  yTitle: string;
  yScale: ScaleKind;
  emptyText?: string;
  onHover?(runId: string | null): void;
  onSelect?(runId: string): void;
}

const MARGIN: Margin = { top: 36, right: 16, bottom: 34, left: 48 };

/**
 * Quality by rank: each run a dot, each rank's mean a bar with its deviation, and the plateau shaded: the ranks that the seeds cannot tell from
 * the best one. Without repeated seeds nothing is known of the noise, so no plateau is drawn and the chart says so.
 */
export function rankPlateauChart(
  data: { plateau: RankPlateau; runs: RankedRun[] },
  options: RankPlateauOptions,
): SVGSVGElement {
  const { plateau, runs } = data;
  const svg = createChart(options, `${options.yTitle} by rank, ${runs.length} runs. ${sentenceOf(plateau)}`);
  const ranks = [...new Set(runs.map(({ rank }) => rank))].sort((a, b) => a - b);
  const domain = domainOf([...runs.map(({ loss }) => loss), ...intervalsOf(plateau)], options.yScale);
  if (ranks.length === 0)
    return sayEmpty(svg, options, options.emptyText ?? 'No run with a rank has a result yet');
  const x = rankScale(ranks, options.width);
  const y = numericScale(options.yScale, domain ?? [1, 2], [options.height - MARGIN.bottom, MARGIN.top]);
  add(svg, 'text', { class: 'label strong', x: 0, y: 26 }, sentenceOf(plateau));
  drawPlateau(svg, plateau, x, options);
  drawYAxis(svg, domain ? y : null, options.yScale, { ...options, margin: MARGIN }, options.yTitle);
  drawRanks(svg, ranks, x, options);
  const marks = add(svg, 'g', { class: 'marks' });
  for (const run of runs) drawRun(marks, run, x(run.rank), y, options.yScale);
  for (const rank of plateau.ranks) drawMean(svg, rank, x(rank.rank), y, options.yScale);
  followMarks(svg, marksOf(data, x, y, options.yScale), options);
  return svg;
}

/** What the chart shows, in words. */
export function sentenceOf({ ranks, best, smallest, freedom }: RankPlateau): string {
  if (best === null) return 'No rank has a result yet.';
  if (smallest === null)
    return `Rank ${best} is lowest; without repeated seeds a plateau cannot be told from noise.`;
  const n = Math.min(...ranks.map((rank) => rank.n));
  const many = `n ≥ ${n} a rank, ${freedom} degrees of freedom`;
  if (smallest === best) return `Rank ${best} is best and every smaller one measurably worse (${many}).`;
  return `Rank ${smallest} is the smallest not distinguishable from the best, ${best} (${many}).`;
}

function intervalsOf({ ranks }: RankPlateau): number[] {
  return ranks.flatMap(({ mean, deviation }) => [mean - (deviation ?? 0), mean + (deviation ?? 0)]);
}

/** Ranks double, so their axis is logarithmic; one rank stands in the middle. */
function rankScale(ranks: number[], width: number): NumericScale {
  const [low, high] = [ranks[0]!, ranks[ranks.length - 1]!];
  const isLog = low > 0;
  const air = isLog ? Math.max((high / low) ** 0.08, 1.3) : Math.max(1, (high - low) * 0.08);
  const domain: [number, number] = isLog ? [low / air, high * air] : [low - air, high + air];
  return numericScale(isLog ? 'log' : 'linear', domain, [MARGIN.left, width - MARGIN.right]);
}

function drawPlateau(
  svg: Element,
  { ranks, smallest }: RankPlateau,
  x: NumericScale,
  frame: ChartFrame,
): void {
  const on = ranks.filter(({ isOnPlateau }) => isOnPlateau);
  if (smallest === null || on.length === 0) return;
  const [left, right] = [x(on[0]!.rank) - 14, x(on[on.length - 1]!.rank) + 14];
  const size = { width: tenth(right - left), height: frame.height - MARGIN.bottom - MARGIN.top };
  add(svg, 'rect', { class: 'plateau', x: tenth(left), y: MARGIN.top, ...size });
  const at = tenth(x(smallest));
  add(svg, 'path', { class: 'plateau-mark', d: `M${at},${MARGIN.top}v${size.height}` });
}

function drawRanks(svg: Element, ranks: number[], x: NumericScale, { width, height }: ChartFrame): void {
  const axis = add(svg, 'g', { class: 'axis' });
  let right = Number.NEGATIVE_INFINITY;
  for (const rank of ranks) {
    const at = tenth(x(rank));
    if (at - right < 22) continue;
    right = at;
    add(axis, 'text', { x: at, y: height - MARGIN.bottom + 14, 'text-anchor': 'middle' }, tickLabel(rank));
  }
  const where = { x: width - MARGIN.right, y: height - 2, 'text-anchor': 'end' };
  add(axis, 'text', { class: 'axis-title', ...where }, 'rank');
}

function heightOf(loss: number, y: NumericScale, kind: ScaleKind): number {
  return Number.isFinite(loss) && (kind === 'linear' || loss > 0) ? tenth(y(loss)) : MARGIN.top;
}

function drawRun(marks: Element, run: RankedRun, at: number, y: NumericScale, kind: ScaleKind): void {
  const [cx, cy, color] = [tenth(at), heightOf(run.loss, y, kind), runColor(run.runId)];
  const group = add(marks, 'g', { 'data-run': run.runId });
  if (cy === MARGIN.top && !Number.isFinite(run.loss))
    add(group, 'path', {
      class: 'mark not-finite-mark',
      d: `M${cx - 4},${cy - 4}l8,8m0,-8l-8,8`,
      stroke: color,
    });
  else if (run.isCompared) add(group, 'circle', { class: 'point', cx, cy, r: 3.5, fill: color });
  else add(group, 'circle', { class: 'mark faint', cx, cy, r: 2.5, stroke: color });
}

function drawMean(svg: Element, rank: RankSummary, at: number, y: NumericScale, kind: ScaleKind): void {
  const [x, cy] = [tenth(at), heightOf(rank.mean, y, kind)];
  const group = add(svg, 'g', { class: 'mean' });
  add(group, 'path', { d: `M${x - 10},${cy}h20` });
  if (rank.deviation === null) return;
  const [low, high] = [rank.mean - rank.deviation, rank.mean + rank.deviation].map((v) =>
    heightOf(v, y, kind),
  );
  add(group, 'path', { class: 'whisker', d: `M${x},${low}V${high}M${x - 4},${low}h8M${x - 4},${high}h8` });
}

function marksOf(
  { plateau, runs }: { plateau: RankPlateau; runs: RankedRun[] },
  x: NumericScale,
  y: NumericScale,
  kind: ScaleKind,
): Mark[] {
  const summaries = new Map(plateau.ranks.map((rank) => [rank.rank, rank]));
  return runs.map((run) => ({
    ...{ runId: run.runId, x: x(run.rank), y: heightOf(run.loss, y, kind) },
    lines: () => [
      { text: `${run.label}, rank ${run.rank}: ${formatNumber(run.loss, 5)}`, isStrong: true },
      ...summaryLines(summaries.get(run.rank)),
    ],
  }));
}

function summaryLines(rank: RankSummary | undefined) {
  if (!rank) return [];
  const { n, mean, deviation, p } = rank;
  const spread = deviation === null ? 'n = 1' : `± ${formatNumber(deviation)} (n = ${n})`;
  const lines = [{ text: `rank's mean ${formatNumber(mean, 5)} ${spread}` }];
  return p === null ? lines : [...lines, { text: `worse than the best: p = ${formatNumber(p, 2)}` }];
}
