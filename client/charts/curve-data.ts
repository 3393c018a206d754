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
  const buckets: CurvePoint[] = [];
  let [from, column] = [0, 0];
  for (let i = 1; i <= points.length; i++) {
    const next =
      i === points.length ? -1 : Math.min(columns - 1, Math.floor((points[i]!.step - first) / width));
    if (next === column) continue;
    buckets.push(summarise(points, from, i));
    [from, column] = [i, next];
  }
  return buckets;
}

/** The points from `from` to before `to` as one; in one pass, because a zoom draws hundreds of thousands of them anew. */
function summarise(points: CurvePoint[], from: number, to: number): CurvePoint {
  const last = points[to - 1]!;
  let [low, high, value] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, last.value];
  for (let i = to - 1; i >= from; i--) {
    const point = points[i]!;
    const [least, most] = [point.low ?? point.value, point.high ?? point.value];
    if (Number.isFinite(least) && least < low) low = least;
    if (Number.isFinite(most) && most > high) high = most;
    if (!Number.isFinite(point.value)) value = point.value;
  }
  const logged = last.logged !== undefined && { logged: last.logged };
  return { step: last.step, ...logged, value, low, high };
}
