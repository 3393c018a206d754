import { extent } from 'd3-array';
import { area, line } from 'd3-shape';
import { type BandKind, type BandPoint, type SeedBand, seedBand } from '../../src/analysis/seed-band.js';
import { formatNumber } from '../format/number.js';
import { drawXAxis, drawYAxis } from './axes.js';
import { runColor } from './colors.js';
import { followMarks, type Mark } from './marks.js';
import { domainOf, isPlaceable, type NumericScale, numericScale, type ScaleKind } from './scales.js';
import { add, type ChartFrame, createChart, type Margin, sayEmpty, tenth } from './svg.js';

export interface SeedGroup {
  /** stable: it decides the colour */
  groupId: string;
  label: string;
  /** one series a run, with the values as they were logged */
  runs: { x: number; value: number }[][];
}

export interface SeedGroupsOptions extends ChartFrame {
  xTitle?: string;
  yTitle: string;
  yScale: ScaleKind;
  /** what the band is; default mean ± deviation */
  band?: BandKind;
  emptyText?: string;
  onHover?(groupId: string | null): void;
  onSelect?(groupId: string): void;
}

interface ShownGroup extends SeedGroup {
  band: SeedBand;
}

const MARGIN: Margin = { top: 22, right: 112, bottom: 40, left: 48 };
const WORDS: Record<BandKind, string> = {
  deviation: 'mean ± deviation',
  interval: '95 % interval of the mean',
  range: 'mean, lowest to highest',
};
/** so many points of a group can be walked to with the keyboard */
const WALKED = 60;

/**
 * Runs that differ in their seed as one line: their mean with a band, at each x where any of them logged, without interpolation. Where fewer runs
 * have a value than the group has the line is dashed, and a strip under the plot writes n where it changes.
 */
export function seedGroups(groups: SeedGroup[], options: SeedGroupsOptions): SVGSVGElement {
  const kind = options.band ?? 'deviation';
  const shown = groups
    .map((group): ShownGroup => ({ ...group, band: seedBand(group.runs, kind) }))
    .filter(({ band }) => band.points.length > 0);
  const svg = createChart(
    options,
    `${options.yTitle} over ${options.xTitle ?? 'step'}, ${shown.length} groups, ${WORDS[kind]}`,
  );
  if (shown.length === 0) return sayEmpty(svg, options, options.emptyText ?? 'No points yet');
  const { x, y, isEmpty } = scalesOf(shown, options);
  drawXAxis(svg, x, 'linear', { ...options, margin: MARGIN }, options.xTitle ?? 'step');
  drawYAxis(
    svg,
    isEmpty ? null : y,
    options.yScale,
    { ...options, margin: MARGIN },
    `${options.yTitle}, ${WORDS[kind]}`,
  );
  const marks = add(svg, 'g', { class: 'marks' });
  for (const group of shown) drawGroup(marks, group, x, y, options.yScale);
  drawLabels(marks, shown, x, y, options);
  if (shown.length <= 3) drawCounts(svg, shown, x, options);
  followMarks(
    svg,
    shown.flatMap((group) => marksOf(group, x, y, options.yScale)),
    options,
  );
  return svg;
}

function scalesOf(shown: ShownGroup[], { width, height, yScale }: SeedGroupsOptions) {
  const points = shown.flatMap(({ band }) => band.points);
  const [first = 0, last = 1] = extent(points, ({ x }) => x);
  const domain = domainOf(
    points.flatMap(({ mean, low, high }) => [mean, low, high]),
    yScale,
  );
  return {
    x: numericScale('linear', first === last ? [first - 1, last + 1] : [first, last], [
      MARGIN.left,
      width - MARGIN.right,
    ]),
    y: numericScale(yScale, domain ?? [1, 2], [height - MARGIN.bottom, MARGIN.top]),
    isEmpty: domain === undefined,
  };
}

function drawGroup(
  marks: Element,
  group: ShownGroup,
  x: NumericScale,
  y: NumericScale,
  kind: ScaleKind,
): void {
  const parent = add(marks, 'g', { 'data-run': group.groupId });
  const color = runColor(group.groupId);
  const { points, runs } = group.band;
  const shape = area<BandPoint>(
    (p) => tenth(x(p.x)),
    (p) => tenth(y(p.low)),
    (p) => tenth(y(p.high)),
  ).defined((p) => p.n > 1 && isPlaceable(p.low, kind) && isPlaceable(p.high, kind));
  if (points.some(({ n }) => n > 1))
    add(parent, 'path', { class: 'band', d: shape(points) ?? undefined, fill: color });
  const path = (d: (p: BandPoint, i: number) => boolean) =>
    line<BandPoint>(
      (p) => tenth(x(p.x)),
      (p) => tenth(y(p.mean)),
    ).defined((p) => isPlaceable(p.mean, kind) && d(p, points.indexOf(p)))(points) ?? undefined;
  const isWhole = ({ n }: BandPoint) => n === runs;
  const touchesPartial = (i: number) =>
    [points[i - 1], points[i], points[i + 1]].some((p) => p && !isWhole(p));
  add(parent, 'path', { class: 'curve', d: path(isWhole), stroke: color });
  const partial = path((_, i) => touchesPartial(i));
  if (partial)
    add(parent, 'path', { class: 'curve partial', d: partial, stroke: color, 'stroke-dasharray': '3 3' });
  for (const p of lonely(points, kind))
    add(parent, 'circle', { cx: tenth(x(p.x)), cy: tenth(y(p.mean)), r: 3, fill: color });
  const bad = points.filter(({ notFinite }) => notFinite > 0);
  const top = y.range()[1]!;
  const d = bad.map((p) => `M${tenth(x(p.x)) - 4},${top - 3}l8,8m0,-8l-8,8`).join('');
  if (d) add(parent, 'path', { class: 'mark not-finite-mark', d, stroke: color });
}

/** Points without a neighbour that can be drawn. */
function lonely(points: BandPoint[], kind: ScaleKind): BandPoint[] {
  const isThere = (p: BandPoint | undefined) => p !== undefined && isPlaceable(p.mean, kind);
  return points.filter((p, i) => isThere(p) && !isThere(points[i - 1]) && !isThere(points[i + 1]));
}

function drawLabels(
  marks: Element,
  shown: ShownGroup[],
  x: NumericScale,
  y: NumericScale,
  { width, yScale }: SeedGroupsOptions,
): void {
  const placed = shown
    .flatMap((group) => {
      const last = group.band.points.findLast(({ mean }) => isPlaceable(mean, yScale));
      return last ? [{ group, last, at: y(last.mean) }] : [];
    })
    .sort((a, b) => a.at - b.at);
  let lowest = Number.NEGATIVE_INFINITY;
  for (const { group, last, at } of placed) {
    lowest = Math.max(at, lowest + 13);
    const where = { x: tenth(Math.min(x(last.x), width - MARGIN.right) + 8), y: tenth(lowest + 4) };
    const text = `${group.label.slice(0, 14)} n=${group.band.runs}`;
    add(marks, 'text', { class: 'label', 'data-run': group.groupId, ...where }, text);
  }
}

/** Under the plot: n of each group where it changes. */
function drawCounts(svg: Element, shown: ShownGroup[], x: NumericScale, { height }: ChartFrame): void {
  const changing = shown.filter(({ band }) => band.points.some(({ n }) => n !== band.runs));
  changing.forEach((group, row) => {
    let [before, free] = [-1, Number.NEGATIVE_INFINITY];
    for (const { x: at, n } of group.band.points) {
      const left = x(at);
      if (n === before || left < free) continue;
      [before, free] = [n, left + 26];
      const where = { x: tenth(left), y: height - MARGIN.bottom + 24 + row * 10 };
      add(svg, 'text', { class: 'count', fill: runColor(group.groupId), ...where }, `n=${n}`);
    }
  });
}

function marksOf(group: ShownGroup, x: NumericScale, y: NumericScale, kind: ScaleKind): Mark[] {
  const points = group.band.points.filter(({ mean }) => isPlaceable(mean, kind));
  const every = Math.ceil(points.length / WALKED);
  return points
    .filter((_, i) => i % every === 0)
    .map((p) => ({
      ...{ runId: group.groupId, x: x(p.x), y: y(p.mean) },
      lines: () => [
        { text: `${group.label}, ${formatNumber(p.x)}`, color: runColor(group.groupId), isStrong: true },
        { text: `mean ${formatNumber(p.mean, 5)}, ${spreadOf(p)}` },
        ...(p.notFinite > 0 ? [{ text: `${p.notFinite} not finite, left out` }] : []),
      ],
    }));
}

const spreadOf = ({ n, low, high }: BandPoint) =>
  n < 2 ? 'n = 1' : `${formatNumber(low, 4)} to ${formatNumber(high, 4)} (n = ${n})`;
