import { metricFromJson } from '../../src/core/metric-value.js';
import type { Curve, CurveEnd, CurvePoint } from '../charts/curve-data.js';
import type { CurveSeriesFragment } from './operations.generated.js';

/** A series of the API as a curve; every value is kept, NaN and infinities too. */
export function toCurve(
  run: { id: string; name: string; state: string },
  series: CurveSeriesFragment | undefined,
): Curve {
  const base = { runId: run.id, label: run.name, end: run.state as CurveEnd };
  if (!series) return { ...base, count: 0, isExact: true, points: [] };
  const { steps, values, minimums, maximums } = series;
  const points = steps.map((step, i): CurvePoint => {
    const value = metricFromJson(values[i]) ?? Number.NaN;
    if (!minimums || !maximums) return { step, value };
    return { step, value, low: metricFromJson(minimums[i]), high: metricFromJson(maximums[i]) };
  });
  return { ...base, count: series.count, isExact: series.exact, points };
}
