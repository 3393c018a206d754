/**
 * The points of a series cut into at most `maxPoints` runs of neighbours in the order of arrival, equal in number to one. Every number that
 * comes out was logged: the last point of each bucket (steps, values, times), its first value, its lowest and highest. NaN is no number to
 * compare, so it is counted beside; a bucket of nothing else has NaN as its lowest and highest. Infinities count as values.
 */
export interface SeriesPoints {
  steps: ArrayLike<number>;
  values: ArrayLike<number>;
  /** ms since the epoch */
  times?: ArrayLike<number>;
}

export interface Buckets {
  steps: number[];
  values: number[];
  times: number[];
  firstSteps: number[];
  firsts: number[];
  minimums: number[];
  maximums: number[];
  counts: number[];
  nanCounts: number[];
}

export function downsample(points: SeriesPoints, maxPoints: number): Buckets {
  const buckets: Buckets = {
    ...{ steps: [], values: [], times: [], firstSteps: [], firsts: [] },
    ...{ minimums: [], maximums: [], counts: [], nanCounts: [] },
  };
  const n = points.values.length;
  const count = Math.min(n, Math.max(1, Math.floor(maxPoints)));
  for (let b = 0; b < count; b++) {
    addBucket(buckets, points, Math.floor((b * n) / count), Math.floor(((b + 1) * n) / count));
  }
  return buckets;
}

function addBucket(buckets: Buckets, { steps, values, times }: SeriesPoints, from: number, to: number): void {
  const { minimum, maximum, nans } = extent(values, from, to);
  buckets.steps.push(steps[to - 1]!);
  buckets.values.push(values[to - 1]!);
  if (times !== undefined) buckets.times.push(times[to - 1]!);
  buckets.firstSteps.push(steps[from]!);
  buckets.firsts.push(values[from]!);
  buckets.minimums.push(minimum);
  buckets.maximums.push(maximum);
  buckets.counts.push(to - from);
  buckets.nanCounts.push(nans);
}

function extent(values: ArrayLike<number>, from: number, to: number) {
  let [minimum, maximum, nans] = [Number.NaN, Number.NaN, 0];
  for (let i = from; i < to; i++) {
    const value = values[i]!;
    if (Number.isNaN(value)) nans++;
    else {
      if (!(value >= minimum)) minimum = value;
      if (!(value <= maximum)) maximum = value;
    }
  }
  return { minimum, maximum, nans };
}
