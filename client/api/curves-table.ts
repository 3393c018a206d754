import type { Curve } from '../charts/curve-data.js';
import type { Table } from '../parts/figure-menu.js';

/** The numbers behind curves, one row a point; lowest and highest where points are bucketed. */
export function curvesTable(curves: Curve[], metric: string): Table {
  const rows = curves.flatMap(({ runId, label, points }) =>
    points.map(({ step, value, low, high }) => [runId, label, metric, step, value, low, high]),
  );
  return { columns: ['run', 'name', 'metric', 'step', 'value', 'lowest', 'highest'], rows };
}

/** The variables of the operation Curves that asks for one metric of some runs. */
export function curvesVariables(
  runIds: string[],
  metric: string | null,
  maxPoints: number,
  withTimes = false,
) {
  const filter = { where: [{ path: 'id', op: 'in' as const, value: runIds }] };
  return {
    filter,
    names: metric === null ? null : [metric],
    maxPoints,
    first: Math.max(1, runIds.length),
    withTimes,
  };
}
