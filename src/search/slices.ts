import { RandomStream } from '../core/random.js';
import type { SearchSpace } from '../core/search-space.js';
import { believedMeans, fitBeliefs } from './beliefs.js';
import { type Dimension, encodedSpace } from './encode.js';
import { pointAt } from './kernel.js';
import { encodePoints } from './model-points.js';
import { MODELLED, mostTelling, type Observations, observationsOf } from './observations.js';
import { predictTogether } from './outcome-models.js';
import type { SearchPolicy, TrialRecord } from './sampler.js';

/** What the model believes along one parameter, the others held at the trial that it believes best. */
export interface Slice {
  parameter: string;
  /** unordered: its values have no order */
  kind: 'ordered' | 'unordered';
  /** index in the history of the trial whose other parameters are held */
  heldAt: number;
  points: SlicePoint[];
}

/** In the objective's own units; the interval holds the noise-free value with 95 %, as far as the model is right. */
export interface SlicePoint {
  value: unknown;
  mean: number;
  low: number;
  high: number;
}

/** positions along a continuum */
const POSITIONS = 49;
const Z95 = 1.959963984540054;
/** with fewer results a model says no more than the values themselves */
const FEWEST = 4;

/**
 * Slices of the model that the Bayesian sampler would build on this history: whatever the method that suggested the trials, and without any
 * part in what is suggested next. Values on the bad side are cut as for the search (observations.ts), so far from the best the mean is flatter
 * than the trials. With several objectives it is the first one's.
 * @returns empty while there are too few results, or nothing varies
 */
export function slicesOf(
  space: SearchSpace,
  history: readonly TrialRecord[],
  { goal, constraints }: Pick<SearchPolicy, 'goal' | 'constraints'>,
): Slice[] {
  const observations = mostTelling(observationsOf(history, goal), MODELLED);
  const encoded = encodedSpace(space, constraints);
  if (observations.finite < FEWEST || encoded.dimensions.length === 0) return [];
  const points = encodePoints(encoded, observations);
  const beliefs = fitBeliefs(points, observations.y, new RandomStream(0, 'slices'));
  const means = believedMeans(beliefs);
  const best = bestFinished(means, observations, history);
  const at = pointAt(points, best);
  return encoded.dimensions.map((dimension, k) => ({
    ...{ parameter: dimension.name, kind: dimension.kind, heldAt: observations.indices[best]! },
    points: placesOf(dimension).map((position) => {
      const { mean, sd } = predictTogether({ beliefs }, at.with(k, position));
      return { value: dimension.decode(position), ...inOwnUnits(observations, mean, sd) };
    }),
  }));
}

/** The lowest mean among trials that ended with a value of their own: a diverged one stands in for the worst. */
function bestFinished(
  means: Float64Array,
  { indices }: Observations,
  history: readonly TrialRecord[],
): number {
  const rows = [...means.keys()].filter((i) => Number.isFinite(history[indices[i]!]!.value));
  return rows.reduce((a, b) => (means[b]! < means[a]! ? b : a));
}

function placesOf({ levels }: Dimension): number[] {
  return levels ? [...levels] : Array.from({ length: POSITIONS }, (_, i) => i / (POSITIONS - 1));
}

function inOwnUnits({ sign, offset, scale }: Observations, mean: number, sd: number) {
  const own = (y: number) => sign * (offset + scale * y);
  const [a, b] = [own(mean - Z95 * sd), own(mean + Z95 * sd)];
  return { mean: own(mean), low: Math.min(a, b), high: Math.max(a, b) };
}
