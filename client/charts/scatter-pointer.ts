import { formatNumber } from '../format/number.js';
import { runColor } from './colors.js';
import { followMarks } from './marks.js';
import type { ScatterOptions, ScatterPoint, ScatterScales } from './scatter.js';

/** The point nearest to the pointer, or walked to with the keyboard, is named and ringed; click or Enter selects it. */
export function followPoints(
  svg: SVGSVGElement,
  points: ScatterPoint[],
  scales: ScatterScales,
  options: ScatterOptions,
): void {
  const marks = points.map((point) => ({
    ...{ runId: point.runId, x: scales.x(point.x!), y: scales.y(point.y!) },
    lines: () => linesOf(point, options),
  }));
  followMarks(svg, marks, options);
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
