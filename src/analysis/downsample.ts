/**
 * A series in groups of neighbours, as columns with one number per group. Every number that comes out was logged, but for the sums: the
 * last point of each bucket (steps, values, times), its first, its lowest and highest value. NaN is no number to compare, so it is counted
 * beside; a bucket of nothing else has NaN as its lowest, highest and sum. Infinities count as values.
 */
export interface Buckets {
  steps: Float64Array;
  values: Float64Array;
  /** ms since the epoch */
  times: Float64Array;
  firstSteps: Float64Array;
  firsts: Float64Array;
  minimums: Float64Array;
  maximums: Float64Array;
  /** of the values that are not NaN: divided by counts - nanCounts, the mean */
  sums: Float64Array;
  counts: Float64Array;
  nanCounts: Float64Array;
}

export interface SeriesPoints {
  steps: ArrayLike<number>;
  values: ArrayLike<number>;
  /** ms since the epoch */
  times: ArrayLike<number>;
}

export const BUCKET_COLUMNS = [
  'steps',
  'values',
  'times',
  'firstSteps',
  'firsts',
  'minimums',
  'maximums',
  'sums',
  'counts',
  'nanCounts',
] as const satisfies (keyof Buckets)[];

export function emptyBuckets(length: number): Buckets {
  return {
    steps: new Float64Array(length),
    values: new Float64Array(length),
    times: new Float64Array(length),
    firstSteps: new Float64Array(length),
    firsts: new Float64Array(length),
    minimums: new Float64Array(length),
    maximums: new Float64Array(length),
    sums: new Float64Array(length),
    counts: new Float64Array(length),
    nanCounts: new Float64Array(length),
  };
}

/** The buckets from one to another, the latter not included; no copies. */
export function sliceBuckets(buckets: Buckets, from: number, to: number): Buckets {
  const slices = BUCKET_COLUMNS.map((name) => [name, buckets[name].subarray(from, to)]);
  return Object.fromEntries(slices);
}

/** The points cut into at most `maxPoints` buckets, equal in number to one. */
export function downsample(points: SeriesPoints, maxPoints: number): Buckets {
  const n = points.values.length;
  const buckets = emptyBuckets(Math.min(n, Math.max(1, Math.floor(maxPoints))));
  const count = buckets.counts.length;
  for (let b = 0; b < count; b++) {
    fillBucket(buckets, b, points, Math.floor((b * n) / count), Math.floor(((b + 1) * n) / count));
  }
  return buckets;
}

/** The points in buckets of `size`; the last bucket may be smaller. */
export function bucketsOf(points: SeriesPoints, size: number): Buckets {
  const n = points.values.length;
  const buckets = emptyBuckets(Math.ceil(n / size));
  for (let b = 0; b * size < n; b++) {
    fillBucket(buckets, b, points, b * size, Math.min(n, (b + 1) * size));
  }
  return buckets;
}

/** At most `most` buckets, each of neighbours among `fine`. */
export function coarsen(fine: Buckets, most: number): Buckets {
  const n = fine.counts.length;
  if (n <= most) return fine;
  const coarse = emptyBuckets(most);
  for (let b = 0; b < most; b++) {
    joinBuckets(coarse, b, fine, Math.floor((b * n) / most), Math.floor(((b + 1) * n) / most));
  }
  return coarse;
}

function fillBucket(into: Buckets, b: number, points: SeriesPoints, from: number, to: number): void {
  let [minimum, maximum, sum, nans] = [Number.NaN, Number.NaN, 0, 0];
  for (let i = from; i < to; i++) {
    const value = points.values[i]!;
    if (Number.isNaN(value)) nans++;
    else {
      if (!(value >= minimum)) minimum = value;
      if (!(value <= maximum)) maximum = value;
      sum += value;
    }
  }
  into.firstSteps[b] = points.steps[from]!;
  into.firsts[b] = points.values[from]!;
  into.steps[b] = points.steps[to - 1]!;
  into.values[b] = points.values[to - 1]!;
  into.times[b] = points.times[to - 1]!;
  setTotals(into, b, { minimum, maximum, sum, nans, count: to - from });
}

function joinBuckets(into: Buckets, b: number, fine: Buckets, from: number, to: number): void {
  let [minimum, maximum, sum, count, nans] = [Number.NaN, Number.NaN, 0, 0, 0];
  for (let i = from; i < to; i++) {
    count += fine.counts[i]!;
    nans += fine.nanCounts[i]!;
    if (fine.nanCounts[i] === fine.counts[i]) continue;
    if (!(fine.minimums[i]! >= minimum)) minimum = fine.minimums[i]!;
    if (!(fine.maximums[i]! <= maximum)) maximum = fine.maximums[i]!;
    sum += fine.sums[i]!;
  }
  into.firstSteps[b] = fine.firstSteps[from]!;
  into.firsts[b] = fine.firsts[from]!;
  into.steps[b] = fine.steps[to - 1]!;
  into.values[b] = fine.values[to - 1]!;
  into.times[b] = fine.times[to - 1]!;
  setTotals(into, b, { minimum, maximum, sum, nans, count });
}

interface Totals {
  minimum: number;
  maximum: number;
  sum: number;
  nans: number;
  count: number;
}

function setTotals(into: Buckets, b: number, { minimum, maximum, sum, nans, count }: Totals): void {
  into.minimums[b] = minimum;
  into.maximums[b] = maximum;
  into.sums[b] = nans === count ? Number.NaN : sum;
  into.counts[b] = count;
  into.nanCounts[b] = nans;
}
