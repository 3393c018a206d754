import { formatNumber } from '../format/number.js';
import { followMarks, type Mark } from './marks.js';
import { numericScale } from './scales.js';
import { add, type ChartFrame, createChart, sayEmpty, tenth } from './svg.js';

export interface ImportanceBar {
  /** one parameter, or two for an interaction */
  parameters: string[];
  /** share of the objective's variance over the space, 0 to 1 */
  share: number;
  /** between the forest's trees */
  deviation: number;
}

export interface ParameterImportanceOptions extends ChartFrame {
  /** how much of the values the model explains of trials that it has not seen, at most 1; below about 0.2 the bars say little */
  explained?: number;
  trials?: number;
  emptyText?: string;
  /** a bar's parameters were chosen */
  onSelect?(parameters: string[]): void;
}

const [TOP, BOTTOM, RIGHT] = [22, 26, 64];
const CHARACTER = 6.2;
const SHOWN = 16;
const WEAK = 0.2;

/**
 * How much of the objective's variance each parameter makes by itself, and pairs of them beyond that (hatched: interactions), with the deviation
 * between the trees of the model as a whisker. Bars whose whisker reaches zero are pale.
 */
export function parameterImportance(
  bars: ImportanceBar[],
  options: ParameterImportanceOptions,
): SVGSVGElement {
  const { width, height, explained, trials } = options;
  const known = bars.filter(({ share }) => Number.isFinite(share)).sort((a, b) => b.share - a.share);
  const svg = createChart(options, nameOf(known, options));
  if (known.length === 0)
    return sayEmpty(svg, options, options.emptyText ?? 'Importance needs trials with results that differ');
  const shown = known.slice(0, SHOWN);
  const longest = Math.max(...shown.map((bar) => labelOf(bar).length));
  const left = Math.min(width * 0.45, 14 + CHARACTER * longest);
  const most = Math.max(0.05, ...shown.map(({ share, deviation }) => share + (deviation || 0)));
  const x = numericScale('linear', [0, Math.min(1, most)], [left, width - RIGHT]);
  const rowHeight = Math.min(26, (height - TOP - BOTTOM) / shown.length);
  add(svg, 'text', { class: 'axis-title', x: 0, y: 11 }, titleOf(explained, trials));
  drawTicks(svg, x, TOP, TOP + rowHeight * shown.length);
  const hidden = known.length - shown.length;
  const more = `${hidden} smaller ones not shown`;
  if (hidden > 0) add(svg, 'text', { class: 'axis-title', x: 0, y: height - 4 }, more);
  const marks = add(svg, 'g', { class: 'marks' });
  for (const [i, bar] of shown.entries())
    drawBar(marks, bar, TOP + (i + 0.5) * rowHeight, rowHeight, left, x);
  followMarks(
    svg,
    shown.map((bar, i) => markOf(bar, TOP + (i + 0.5) * rowHeight, rowHeight, left, x)),
    {
      ...{ near: 1, hasRing: false, onSelect: (id) => options.onSelect?.(JSON.parse(id)) },
    },
  );
  return svg;
}

function nameOf([first]: ImportanceBar[], { trials }: ParameterImportanceOptions): string {
  const most = first ? `, most by ${labelOf(first)}` : '';
  return `parameter importance${trials === undefined ? '' : ` over ${trials} trials`}${most}`;
}

function titleOf(explained: number | undefined, trials: number | undefined): string {
  const many = trials === undefined ? '' : `, ${trials} trials`;
  const said =
    explained === undefined
      ? ''
      : `, the model explains ${formatNumber(100 * Math.max(0, explained), 2)} % of unseen ones`;
  const weak = explained !== undefined && explained < WEAK ? ': too little to trust' : '';
  return `share of the objective's variance${many}${said}${weak}`;
}

const labelOf = ({ parameters }: ImportanceBar) => parameters.join(' × ');

function drawTicks(svg: Element, x: ReturnType<typeof numericScale>, top: number, bottom: number): void {
  const axis = add(svg, 'g', { class: 'axis' });
  for (const tick of x.ticks(4)) {
    const mark = add(axis, 'g', { class: 'tick', transform: `translate(${tenth(x(tick))},0)` });
    add(mark, 'line', { y1: top, y2: bottom });
    add(mark, 'text', { y: bottom + 14, 'text-anchor': 'middle' }, `${Math.round(100 * tick)} %`);
  }
}

type Scale = ReturnType<typeof numericScale>;

function drawBar(
  marks: Element,
  bar: ImportanceBar,
  y: number,
  rowHeight: number,
  left: number,
  x: Scale,
): void {
  const { share, deviation, parameters } = bar;
  const spread = Number.isFinite(deviation) ? deviation : 0;
  const height = Math.max(2, rowHeight * 0.62);
  const look = ['importance', parameters.length > 1 && 'is-pair', share - spread <= 0 && 'is-unsure'];
  const group = add(marks, 'g', { 'data-parameters': parameters.join('|') });
  const box = { x: tenth(left), y: tenth(y - height / 2), height: tenth(height) };
  const size = Math.max(0.5, x(Math.min(1, Math.max(0, share))) - left);
  add(group, 'rect', { class: look.filter(Boolean).join(' '), ...box, width: tenth(size) });
  const [low, high] = [Math.max(0, share - spread), Math.min(1, share + spread)].map((v) => tenth(x(v)));
  if (spread > 0)
    add(group, 'path', { class: 'whisker', d: `M${low},${tenth(y)}H${high}M${high},${tenth(y - 3)}v6` });
  const text = { y: tenth(y + 4) };
  if (rowHeight < 9) return;
  add(group, 'text', { class: 'label', x: tenth(left - 6), 'text-anchor': 'end', ...text }, labelOf(bar));
  const said = `${formatNumber(100 * share, 2)} %`;
  add(group, 'text', { class: 'label', x: tenth(Math.max(high!, left + size) + 6), ...text }, said);
}

function markOf(bar: ImportanceBar, y: number, rowHeight: number, left: number, x: Scale): Mark {
  const { share, deviation, parameters } = bar;
  const kind =
    parameters.length > 1 ? 'together, beyond what each makes alone' : 'alone, averaged over the others';
  return {
    ...{ runId: JSON.stringify(parameters), x: (left + x(Math.max(0, share))) / 2, y },
    half: [(x.range()[1]! - left) / 2, rowHeight / 2],
    lines: () => [
      { text: labelOf(bar), isStrong: true },
      { text: `${formatNumber(100 * share, 3)} % ± ${formatNumber(100 * deviation, 2)}, between trees` },
      { text: kind },
    ],
  };
}
