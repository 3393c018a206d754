import { line } from 'd3-shape';
import { runColor } from './colors.js';
import { bucket, type CurvePoint } from './curve-data.js';
import { domainOf, numericScale } from './scales.js';
import { add, type ChartFrame, createChart, tenth } from './svg.js';

export interface SparklineOptions extends ChartFrame {
  runId: string;
  name: string;
}

const PAD = 2;

/** A run's curve at the height of a line of text: shape only, no axes. It breaks at values that are not finite, with a cross at the end. */
export function sparkline(points: CurvePoint[], options: SparklineOptions): SVGSVGElement {
  const svg = createChart(options, `${options.name}, ${points.length} points`);
  svg.setAttribute('class', 'chart sparkline');
  const shown = bucket(points, options.width);
  const values = domainOf(
    shown.map(({ value }) => value),
    'linear',
  );
  if (!values) return svg;
  const color = runColor(options.runId);
  const [first, last] = [shown[0]!.step, shown[shown.length - 1]!.step];
  const x = numericScale('linear', first === last ? [first - 1, last + 1] : [first, last], [
    PAD,
    options.width - 5,
  ]);
  const y = numericScale('linear', values, [options.height - PAD, PAD]);
  const path = line<CurvePoint>(
    ({ step }) => tenth(x(step)),
    ({ value }) => tenth(y(value)),
  );
  const d = path.defined(({ value }) => Number.isFinite(value))(shown) ?? undefined;
  add(svg, 'path', { class: 'spark', d, stroke: color });
  drawLast(svg, shown, x, y, color);
  return svg;
}

function drawLast(
  svg: SVGSVGElement,
  shown: CurvePoint[],
  x: (step: number) => number,
  y: (value: number) => number,
  color: string,
): void {
  const last = shown[shown.length - 1]!;
  const at = tenth(x(last.step));
  if (Number.isFinite(last.value))
    add(svg, 'circle', { cx: at, cy: tenth(y(last.value)), r: 1.8, fill: color });
  else add(svg, 'path', { class: 'spark', d: `M${at - 2},${PAD}l4,4m0,-4l-4,4`, stroke: color });
}
