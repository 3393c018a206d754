import type { Goal } from '../../src/core/metric-value.js';
import { paretoFront } from '../../src/core/pareto-front.js';
import type { ScatterPoint, ScatterScales } from './scatter.js';
import { add, tenth } from './svg.js';

/**
 * The Pareto front of the points that ran to their end, as the border of what they dominate: a staircase, not a line from point to point, because
 * nothing between two of them has been found.
 */
export function drawFront(
  parent: Element,
  points: ScatterPoint[],
  goals: { x: Goal; y: Goal },
  { x, y }: ScatterScales,
): void {
  const ended = points.filter(({ end }) => end === 'finished');
  const rows = ended.map((point) => [point.x!, point.y!]);
  const front = paretoFront(rows, [goals.x, goals.y]).map((i) => rows[i]! as [number, number]);
  if (front.length === 0) return;
  front.sort((a, b) => a[0] - b[0]);
  // where smaller x is better the next point's x comes first (the border runs along the worse y), else its y
  const stairs = front.map(([px, py], i) => {
    const [at, level] = [tenth(x(px)), tenth(y(py))];
    if (i === 0) return `M${at},${level}`;
    return goals.x === 'minimize' ? `H${at}V${level}` : `V${level}H${at}`;
  });
  add(parent, 'path', { class: 'front', d: stairs.join('') });
}
