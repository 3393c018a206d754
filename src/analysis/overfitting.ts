/** A metric over steps, rising. Parallel lists. */
export interface LossCurve {
  steps: ArrayLike<number>;
  values: ArrayLike<number>;
}

export interface Overfitting {
  /** where the validation loss was lowest */
  bestStep: number;
  best: number;
  lastStep: number;
  last: number;
  /** (last − best) / (first − best): how much of what the validation loss had gained was given back; null: it gained nothing */
  givenBack: number | null;
  /** of the training loss since the best step (means over one interval between validations); null: not known. Below 0 it fell */
  trainChange: number | null;
  /** validation − training loss */
  gap: { atBest: number | null; atEnd: number | null };
  /** the training loss fell on while the validation loss gave back at least a twentieth of its gain */
  isOverfitted: boolean;
  /** the last validation was the best one */
  isStillFalling: boolean;
  /** where the loss on other data was lowest; null: not measured on the way */
  outOfDomain: { bestStep: number; best: number; last: number } | null;
}

export interface LossCurves {
  train: LossCurve | null;
  validation: LossCurve;
  outOfDomain: LossCurve | null;
}

/** Less than this much of the gain is no rise that a person would act on: it was chosen, not derived. */
const SHARE = 0.05;

/** Where the losses on the data that is learned and on data that is not part. Null: fewer than three finite validations. */
export function overfittingOf({ train, validation, outOfDomain }: LossCurves): Overfitting | null {
  const points = finite(validation);
  if (points.length < 3) return null;
  const [first, last] = [points[0]!, points.at(-1)!];
  const best = lowest(points);
  const gain = first.value - best.value;
  const givenBack = gain > 0 ? (last.value - best.value) / gain : null;
  const interval = median(points.slice(1).map(({ step }, i) => step - points[i]!.step));
  const at = (step: number) => (train === null ? null : meanBefore(finite(train), step, interval));
  const [trainAtBest, trainAtEnd] = [at(best.step), at(last.step)];
  const trainChange = trainAtBest === null || trainAtEnd === null ? null : trainAtEnd - trainAtBest;
  const others = outOfDomain === null ? [] : finite(outOfDomain);
  return {
    ...{
      bestStep: best.step,
      best: best.value,
      lastStep: last.step,
      last: last.value,
      givenBack,
      trainChange,
    },
    gap: { atBest: difference(best.value, trainAtBest), atEnd: difference(last.value, trainAtEnd) },
    isOverfitted: last.value - best.value > SHARE * Math.max(0, gain) && (trainChange ?? -1) < 0,
    isStillFalling: best === last,
    outOfDomain:
      others.length < 3
        ? null
        : { bestStep: lowest(others).step, best: lowest(others).value, last: others.at(-1)!.value },
  };
}

export interface EarlyStop {
  patience: number;
  /** where the run would have ended */
  step: number;
  /** whose weights it would have kept */
  bestStep: number;
  best: number;
}

/** What `earlyStopping: {patience}` would have done with a validation curve; null: the run would have gone to its end. */
export function stopEarly(validation: LossCurve, patience: number, minDelta = 0): EarlyStop | null {
  let [best, since, reference] = [null as Point | null, 0, Number.POSITIVE_INFINITY];
  const points = finite(validation).filter(({ step }) => step > 0);
  for (const [i, point] of points.entries()) {
    if (best === null || point.value < best.value) best = point;
    if (point.value < reference - minDelta) [reference, since] = [point.value, 0];
    else since++;
    if (since >= patience && i < points.length - 1)
      return { patience, step: point.step, bestStep: best.step, best: best.value };
  }
  return null;
}

interface Point {
  step: number;
  value: number;
}

function finite({ steps, values }: LossCurve): Point[] {
  return Array.from(values, (value, i) => ({ step: steps[i]!, value })).filter(({ value }) =>
    Number.isFinite(value),
  );
}

function lowest(points: readonly Point[]): Point {
  return points.reduce((a, b) => (b.value < a.value ? b : a));
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

/** The mean of the points in (step − interval, step]; before the first point, that one: its loss is the base's. */
function meanBefore(points: readonly Point[], step: number, interval: number): number | null {
  const near = points.filter((point) => point.step <= step && point.step > step - interval);
  if (near.length === 0) return points[0] === undefined || step > points[0].step ? null : points[0].value;
  return near.reduce((sum, { value }) => sum + value, 0) / near.length;
}

function difference(a: number, b: number | null): number | null {
  return b === null ? null : a - b;
}
