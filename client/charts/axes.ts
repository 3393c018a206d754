import { scaleTime } from 'd3-scale';
import { type NumericScale, type ScaleKind, tickLabel, ticksOf } from './scales.js';
import { add, type Margin, tenth } from './svg.js';

export interface Plot {
  width: number;
  height: number;
  margin: Margin;
}

const PIXELS_PER_X_TICK = 90;
const PIXELS_PER_Y_TICK = 40;

/** Bottom axis: light grid lines over the plot, labels, and the title with its unit at the right end. Steps are whole. */
export function drawXAxis(
  svg: Element,
  scale: NumericScale,
  kind: ScaleKind,
  plot: Plot,
  title: string,
): void {
  const { width, height, margin } = plot;
  const axis = add(svg, 'g', { class: 'axis' });
  const bottom = height - margin.bottom;
  const count = Math.max(2, (width - margin.left - margin.right) / PIXELS_PER_X_TICK);
  const ticks = ticksOf(scale, kind, count).filter((tick) => title !== 'step' || Number.isInteger(tick));
  for (const tick of ticks) {
    const mark = add(axis, 'g', { class: 'tick', transform: `translate(${tenth(scale(tick))},0)` });
    add(mark, 'line', { y1: margin.top, y2: bottom });
    add(mark, 'text', { y: bottom + 14, 'text-anchor': 'middle' }, tickLabel(tick));
  }
  add(
    axis,
    'text',
    { class: 'axis-title', x: width - margin.right, y: height - 2, 'text-anchor': 'end' },
    title,
  );
}

/** Bottom axis of moments (ms since the epoch), at whole minutes, hours or days of the reader's zone. */
export function drawTimeAxis(
  svg: Element,
  scale: NumericScale,
  { width, height, margin }: Plot,
  title: string,
  timeText: (ms: number) => string = clock,
): void {
  const axis = add(svg, 'g', { class: 'axis' });
  const bottom = height - margin.bottom;
  const [low = 0, high = 1] = scale.domain();
  const ticks = scaleTime([low, high], [0, 1]).ticks(Math.max(2, (width - margin.left - margin.right) / 110));
  for (const tick of ticks) {
    const mark = add(axis, 'g', { class: 'tick', transform: `translate(${tenth(scale(tick.getTime()))},0)` });
    add(mark, 'line', { y1: margin.top, y2: bottom });
    add(mark, 'text', { y: bottom + 14, 'text-anchor': 'middle' }, timeText(tick.getTime()));
  }
  const where = { x: width - margin.right, y: height - 2, 'text-anchor': 'end' };
  add(axis, 'text', { class: 'axis-title', ...where }, title);
}

/** `14:05`, with seconds where they are not whole minutes; midnight is its date. */
export function clock(ms: number): string {
  const at = new Date(ms);
  const two = (n: number) => String(n).padStart(2, '0');
  if (at.getHours() + at.getMinutes() + at.getSeconds() === 0)
    return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const seconds = at.getSeconds() === 0 ? '' : `:${two(at.getSeconds())}`;
  return `${two(at.getHours())}:${two(at.getMinutes())}${seconds}`;
}

/** Left axis; its title stands above it, so that nobody has to turn the head. Without a scale it has no ticks. */
export function drawYAxis(
  svg: Element,
  scale: NumericScale | null,
  kind: ScaleKind,
  plot: Plot,
  title: string,
): void {
  const { width, height, margin } = plot;
  const axis = add(svg, 'g', { class: 'axis' });
  const count = Math.max(2, (height - margin.top - margin.bottom) / PIXELS_PER_Y_TICK);
  for (const tick of scale ? ticksOf(scale, kind, count) : []) {
    const mark = add(axis, 'g', { class: 'tick', transform: `translate(0,${tenth(scale!(tick))})` });
    add(mark, 'line', { x1: margin.left, x2: width - margin.right });
    add(mark, 'text', { x: margin.left - 6, y: 4, 'text-anchor': 'end' }, tickLabel(tick));
  }
  add(axis, 'text', { class: 'axis-title', x: 0, y: 11 }, title);
}
