/** One point of a curve; low and high are the lowest and highest logged values of a bucket. */
export interface CurvePoint {
  step: number;
  value: number;
  low?: number;
  high?: number;
  /** of a bucket: the mean of its values, what smoothing works on */
  mean?: number;
  /** ms since the epoch; only where the axis asks for it */
  time?: number;
  /** the step it was logged at, where the axis shows something else (onAxis) */
  logged?: number;
}

/** How the run behind a curve stands: it decides the mark at the curve's end. */
export type CurveEnd = 'running' | 'finished' | 'stopped' | 'diverged' | 'failed' | 'cancelled' | 'lost';

export interface Curve {
  runId: string;
  label: string;
  end: CurveEnd;
  /** how many points were logged; `points` has fewer where they are bucketed */
  count: number;
  isExact: boolean;
  points: CurvePoint[];
  /** ms since the epoch: where relative time begins */
  startedAt?: number;
  /** points that have no place on the axis that was chosen */
  unplaced?: number;
  /** drawn heavier and labelled: the best one */
  isEmphasised?: boolean;
}

/**
 * At most `columns` buckets of equal width in step, each with its last value and its extremes; fewer points than that stay as they are.
 * A bucket with a value that is not finite keeps one, so that no NaN is lost on the way to the screen.
 */
export function bucket(points: CurvePoint[], columns: number): CurvePoint[] {
  if (points.length <= columns) return points;
  const first = points[0]!.step;
  const width = (points[points.length - 1]!.step - first) / columns || 1;
  const buckets = new Map<number, CurvePoint[]>();
  for (const point of points) {
    const column = Math.min(columns - 1, Math.floor((point.step - first) / width));
    const held = buckets.get(column);
    if (held) held.push(point);
    else buckets.set(column, [point]);
  }
  return [...buckets.values()].map(summarise);
}

function summarise(points: CurvePoint[]): CurvePoint {
  const last = points[points.length - 1]!;
  const bad = points.find(({ value }) => !Number.isFinite(value));
  const [low, high] = [points.map((p) => p.low ?? p.value), points.map((p) => p.high ?? p.value)];
  return {
    step: last.step,
    ...(last.logged !== undefined && { logged: last.logged }),
    value: bad ? bad.value : last.value,
    low: Math.min(...low.filter(Number.isFinite)),
    high: Math.max(...high.filter(Number.isFinite)),
  };
}
