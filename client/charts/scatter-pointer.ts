import { formatNumber } from '../format/number.js';
import { runColor } from './colors.js';
import type { ScatterOptions, ScatterPoint, ScatterScales } from './scatter.js';
import { add, focusRun, pointerIn, tenth } from './svg.js';
import { createTip } from './tooltip.js';

const NEAR = 24;

/** The point nearest to the pointer is named and ringed; click selects it. */
export function followPoints(
  svg: SVGSVGElement,
  points: ScatterPoint[],
  scales: ScatterScales,
  options: ScatterOptions,
): void {
  const tip = createTip(svg);
  const ring = add(svg, 'circle', { class: 'best-ring', r: 6, visibility: 'hidden' });
  const show = (point: ScatterPoint | undefined) => {
    focusRun(svg, point?.runId ?? null);
    options.onHover?.(point?.runId ?? null);
    ring.setAttribute('visibility', point ? 'visible' : 'hidden');
    if (!point) return tip.hide();
    const [x, y] = [tenth(scales.x(point.x!)), tenth(scales.y(point.y!))];
    ring.setAttribute('cx', String(x));
    ring.setAttribute('cy', String(y));
    tip.show(x, y, linesOf(point, options));
  };
  svg.addEventListener('pointermove', (event) => show(nearest(points, scales, ...pointerIn(svg, event))));
  svg.addEventListener('pointerleave', () => show(undefined));
  svg.addEventListener('click', (event) => {
    const point = nearest(points, scales, ...pointerIn(svg, event));
    if (point) options.onSelect?.(point.runId);
  });
}

function linesOf(point: ScatterPoint, { xTitle, yTitle, base }: ScatterOptions) {
  const versus = (value: number, from: number | undefined) =>
    from === undefined ? '' : ` (${value > from ? '+' : ''}${formatNumber(value - from)} to base)`;
  return [
    { text: `${point.label}, ${point.end}`, color: runColor(point.runId), isStrong: true },
    { text: `${xTitle}: ${formatNumber(point.x, 5)}${versus(point.x!, base?.x)}` },
    { text: `${yTitle}: ${formatNumber(point.y, 5)}${versus(point.y!, base?.y)}` },
  ];
}

function nearest(
  points: ScatterPoint[],
  scales: ScatterScales,
  px: number,
  py: number,
): ScatterPoint | undefined {
  let [best, bestDistance] = [undefined as ScatterPoint | undefined, NEAR];
  for (const point of points) {
    const distance = Math.hypot(scales.x(point.x!) - px, scales.y(point.y!) - py);
    if (distance < bestDistance) [best, bestDistance] = [point, distance];
  }
  return best;
}
