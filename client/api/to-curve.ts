import { metricFromJson } from '../../src/core/metric-value.js';
import type { Curve, CurveEnd, CurvePoint } from '../charts/curve-data.js';
import type { CurveSeriesFragment } from './operations.generated.js';

/** A series of the API as a curve; every value is kept, NaN and infinities too. */
export function toCurve(
  run: { id: string; name: string; state: string; startedAt?: string },
  series: (CurveSeriesFragment & { times?: number[] }) | undefined,
): Curve {
  const startedAt = run.startedAt === undefined ? undefined : Date.parse(run.startedAt);
  const base = { runId: run.id, label: run.name, end: run.state as CurveEnd, startedAt };
  if (!series) return { ...base, count: 0, isExact: true, points: [] };
  const { steps, values, minimums, maximums, means, times } = series;
  const points = steps.map((step, i): CurvePoint => {
    const value = metricFromJson(values[i]) ?? Number.NaN;
    const at = { step, value, ...(times && { time: times[i]! }) };
    if (!minimums || !maximums) return at;
    const [low, high, mean] = [minimums[i], maximums[i], means?.[i]].map(metricFromJson);
    return { ...at, low, high, mean };
  });
  return { ...base, count: series.count, isExact: series.exact, points };
}
