import type { CurvePoint } from './curve-data.js';

/**
 * The four smoothings that people know from other dashboards, so that curves look the same here. All of them work on the logged values (of a
 * bucket: its mean), leave values that are not finite as they are, and take none of them into an average.
 */
export type SmoothingKind = 'ema' | 'time-weighted' | 'mean' | 'gaussian';
export const SMOOTHINGS: SmoothingKind[] = ['ema', 'time-weighted', 'mean', 'gaussian'];

export interface Smoothing {
  kind: SmoothingKind;
  /** 0 (none) to below 1; what it comes to is in `amountOf` */
  strength: number;
}

export const UNSMOOTHED: Smoothing = { kind: 'ema', strength: 0 };
/** W&B's: a weight holds for a thousandth of the x range */
const VIEWPORT = 1000;
const HEAVIEST = 0.999;
const WIDEST = 25;
/** deviations after which a Gaussian's weight is no more than 3e-7 of its middle */
const REACH = 5.5;

/** What a strength means: a weight, a window of so many points, or a deviation in mean distances between points. */
export function amountOf({ kind, strength }: Smoothing): { value: number; text: string } {
  if (kind === 'mean') {
    const value = 1 + 2 * Math.round(strength * WIDEST);
    return { value, text: `${value} points` };
  }
  const value = kind === 'gaussian' ? strength * WIDEST : strength;
  return { value, text: kind === 'gaussian' ? `σ ${value.toFixed(1)} points` : value.toFixed(2) };
}

/** The last smoothing of each curve: a zoom draws the same points again, and a Gaussian over 200,000 of them takes half a second. */
const LAST = new WeakMap<CurvePoint[], { key: string; smoothed: CurvePoint[] }>();

export function smooth(points: CurvePoint[], smoothing: Smoothing): CurvePoint[] {
  if (smoothing.strength <= 0 || points.length === 0) return points;
  const key = `${smoothing.kind} ${smoothing.strength}`;
  const last = LAST.get(points);
  if (last?.key === key) return last.smoothed;
  const smoothed = smoothAnew(points, smoothing);
  LAST.set(points, { key, smoothed });
  return smoothed;
}

function smoothAnew(points: CurvePoint[], smoothing: Smoothing): CurvePoint[] {
  const { value: amount } = amountOf(smoothing);
  const finite = points.filter((point) => Number.isFinite(levelOf(point)));
  const smoothed = SMOOTHERS[smoothing.kind](finite, amount);
  let next = 0;
  return points.map((point) =>
    Number.isFinite(levelOf(point))
      ? { step: point.step, value: smoothed[next++]! }
      : { step: point.step, value: point.value },
  );
}

/** A bucket stands for its mean: its last value would be one of many. */
const levelOf = ({ value, mean }: CurvePoint) =>
  Number.isFinite(value) && mean !== undefined ? mean : value;

const SMOOTHERS: Record<SmoothingKind, (points: CurvePoint[], amount: number) => number[]> = {
  ema: (points, weight) =>
    decay(
      points,
      points.map(() => weight),
    ),
  'time-weighted': (points, weight) => {
    const range = points[points.length - 1]!.step - points[0]!.step || 1;
    const base = Math.min(Math.sqrt(weight), HEAVIEST);
    const distance = (i: number) => (points[i]!.step - points[Math.max(0, i - 1)]!.step) / range;
    return decay(
      points,
      points.map((_, i) => base ** (distance(i) * VIEWPORT)),
    );
  },
  mean: runningMean,
  gaussian,
};

/**
 * Exponential moving averages with the bias of their start removed (Kingma & Ba 2015, section 3). With one weight it is TensorBoard's; with a weight
 * to the power of the distance in x it is W&B's time-weighted one, which looks the same however densely a run logged.
 */
function decay(points: CurvePoint[], weights: number[]): number[] {
  let [sum, mass] = [0, 0];
  return points.map((point, i) => {
    sum = weights[i]! * sum + levelOf(point);
    mass = weights[i]! * mass + 1;
    return sum / mass;
  });
}

/** The mean of as many points before as after; at the ends of those that are there. */
function runningMean(points: CurvePoint[], window: number): number[] {
  const side = (window - 1) / 2;
  const sums = [0];
  for (const point of points) sums.push(sums[sums.length - 1]! + levelOf(point));
  return points.map((_, i) => {
    const [from, to] = [Math.max(0, i - side), Math.min(points.length, i + side + 1)];
    return (sums[to]! - sums[from]!) / (to - from);
  });
}

/** Weights fall with the distance in x, so that uneven steps count as what they are. */
function gaussian(points: CurvePoint[], spacings: number): number[] {
  const range = points[points.length - 1]!.step - points[0]!.step;
  const deviation = (spacings * range) / Math.max(1, points.length - 1);
  if (deviation === 0) return points.map(levelOf);
  let first = 0;
  return points.map((at) => {
    while (points[first]!.step < at.step - REACH * deviation) first++;
    let [sum, mass] = [0, 0];
    for (let j = first; j < points.length && points[j]!.step <= at.step + REACH * deviation; j++) {
      const weight = Math.exp(-0.5 * ((points[j]!.step - at.step) / deviation) ** 2);
      sum += weight * levelOf(points[j]!);
      mass += weight;
    }
    return sum / mass;
  });
}
