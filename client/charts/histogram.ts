import { histogramBins } from '../../src/analysis/histogram-bins.js';
import { formatNumber } from '../format/number.js';
import { drawXAxis, drawYAxis } from './axes.js';
import { followMarks } from './marks.js';
import { numericScale } from './scales.js';
import { add, type ChartFrame, createChart, type Margin, sayEmpty, tenth } from './svg.js';

export interface HistogramOptions extends ChartFrame {
  /** what is counted, with its unit */
  xTitle: string;
  /** what the values belong to, in the plural */
  of?: string;
  /** e.g. the base model's value, or zero */
  reference?: { label: string; value: number };
  emptyText?: string;
}

const MARGIN: Margin = { top: 22, right: 16, bottom: 34, left: 48 };

/** How often values of each size occur. What is NaN or infinite has no bin: it is counted in words. */
export function histogram(values: readonly number[], options: HistogramOptions): SVGSVGElement {
  const of = options.of ?? 'values';
  const svg = createChart(options, `${options.xTitle}, histogram of ${values.length} ${of}`);
  const { edges, counts, notFinite } = histogramBins(values);
  if (notFinite > 0) sayNotFinite(svg, notFinite, of, options);
  if (edges.length === 0) return sayEmpty(svg, options, options.emptyText ?? `No ${of} yet`);
  const { width, height, reference } = options;
  const domain = [...edges, ...(reference ? [reference.value] : [])];
  const x = numericScale(
    'linear',
    [Math.min(...domain), Math.max(...domain)],
    [MARGIN.left, width - MARGIN.right],
  );
  const y = numericScale('linear', [0, Math.max(...counts)], [height - MARGIN.bottom, MARGIN.top]);
  drawXAxis(svg, x, 'linear', { ...options, margin: MARGIN }, options.xTitle);
  drawYAxis(svg, y, 'linear', { ...options, margin: MARGIN }, `number of ${of}`);
  const marks = add(svg, 'g', { class: 'marks' });
  const bars = counts.map((count, i) => ({ count, from: edges[i]!, to: edges[i + 1]! }));
  for (const { count, from, to } of bars) {
    const [left, right, top] = [tenth(x(from)), tenth(x(to)), tenth(y(count))];
    const size = { width: Math.max(0.5, tenth(right - left - 1)), height: tenth(y(0) - top) };
    if (count > 0) add(marks, 'rect', { class: 'bar', x: left, y: top, ...size });
  }
  if (reference) drawReference(svg, x(reference.value), reference.label, options);
  followMarks(
    svg,
    bars.map(({ count, from, to }) => ({
      ...{ x: (x(from) + x(to)) / 2, y: y(count), half: [(x(to) - x(from)) / 2, height] },
      lines: () => [
        { text: `${formatNumber(count)} of ${formatNumber(values.length)} ${of}`, isStrong: true },
        { text: `${formatNumber(from, 4)} to ${formatNumber(to, 4)}` },
      ],
    })),
    { near: 1, hasRing: false },
  );
  return svg;
}

function sayNotFinite(svg: SVGSVGElement, n: number, of: string, { width }: ChartFrame): void {
  const text = `${formatNumber(n)} ${of} not finite`;
  const where = { x: width - MARGIN.right, y: 11, 'text-anchor': 'end' };
  add(svg, 'text', { class: 'label not-finite-label', ...where }, text);
}

function drawReference(svg: SVGSVGElement, at: number, label: string, { height, width }: ChartFrame): void {
  const x = tenth(at);
  add(svg, 'line', { class: 'reference', x1: x, x2: x, y1: MARGIN.top, y2: height - MARGIN.bottom });
  const side = x > width / 2 ? { x: x - 5, 'text-anchor': 'end' } : { x: x + 5 };
  add(svg, 'text', { class: 'label', y: MARGIN.top - 4, ...side }, label);
}
