import { brushY, type D3BrushEvent } from 'd3-brush';
import { select } from 'd3-selection';
import type { PlacedDimension } from './dimensions.js';
import type { ParallelLayout } from './parallel-coordinates.js';
import { add, tenth } from './svg.js';

type Range = [number, number];
/** told while a brush moves, and once more (isDone) when it is let go; null: no brush */
type OnRange = (range: Range | null, isDone: boolean) => void;

const BRUSH_WIDTH = 20;

/** One axis with its ticks, title, and a brush that is set to `chosen` where there is one. */
export function drawDimension(
  svg: SVGSVGElement,
  dimension: PlacedDimension,
  index: number,
  layout: ParallelLayout,
  chosen: Range | undefined,
  onRange: OnRange,
): void {
  const { x, top, bottom } = layout;
  const group = add(svg, 'g', { class: 'dimension', transform: `translate(${x(index)},0)` });
  add(group, 'line', { class: 'rule', y1: top, y2: bottom });
  const side = index > 0 && index === layout.dimensions.length - 1 ? 1 : -1;
  for (const { at, text } of dimension.ticks) {
    const y = tenth(bottom - at * (bottom - top));
    const tick = add(group, 'g', { class: 'tick', transform: `translate(0,${y})` });
    add(tick, 'line', { x1: side * 4, x2: 0 });
    add(tick, 'text', { x: side * 7, y: 4, 'text-anchor': side > 0 ? 'start' : 'end' }, text);
  }
  drawTitle(group, dimension, index, layout);
  addBrush(group, layout, chosen, onRange);
}

const CHARACTER = 6.5;

/** Titles stand over their axes, the outer ones inwards; every second one higher where long names would meet. */
function drawTitle(
  group: SVGGElement,
  { label, kind }: PlacedDimension,
  index: number,
  layout: ParallelLayout,
): void {
  const isLast = index === layout.dimensions.length - 1;
  const anchor = index === 0 ? 'start' : isLast ? 'end' : 'middle';
  const y = index % 2 === 1 && areCrowded(layout) ? 12 : 26;
  const x = index === 0 ? -40 : isLast ? 40 : 0;
  const title = add(group, 'text', { class: 'dimension-title', x, y, 'text-anchor': anchor }, label);
  if (kind === 'log') add(title, 'tspan', { class: 'axis-title', 'font-weight': 'normal' }, ' log');
}

function areCrowded({ dimensions, x }: ParallelLayout): boolean {
  const longest = Math.max(...dimensions.map(({ label }) => label.length)) + 5;
  return dimensions.length > 1 && x(1) - x(0) < longest * CHARACTER;
}

function addBrush(
  group: SVGGElement,
  layout: ParallelLayout,
  chosen: Range | undefined,
  onRange: OnRange,
): void {
  const { top, bottom } = layout;
  const target = select(add(group, 'g', { class: 'brush' }));
  const toRange = ([y0, y1]: Range): Range => [
    (bottom - y1) / (bottom - top),
    (bottom - y0) / (bottom - top),
  ];
  const brush = brushY<unknown>()
    .extent([
      [-BRUSH_WIDTH / 2, top],
      [BRUSH_WIDTH / 2, bottom],
    ])
    .touchable(() => (group.ownerDocument.defaultView?.navigator.maxTouchPoints ?? 0) > 0);
  target.call(brush);
  if (chosen)
    target.call(brush.move, [bottom - chosen[1] * (bottom - top), bottom - chosen[0] * (bottom - top)]);
  brush.on('brush end', (event: D3BrushEvent<unknown>) => {
    onRange(event.selection === null ? null : toRange(event.selection as Range), event.type === 'end');
  });
}
