import { RandomStream } from '../core/random.js';
import type { SearchSpace } from '../core/search-space.js';
import { believedMeans, fitBeliefs } from './beliefs.js';
import { type EncodedSpace, encodedSpace } from './encode.js';
import { encodePoints } from './model-points.js';
import { MODELLED, mostTelling, type Observations, observationsOf } from './observations.js';
import type { SearchPolicy, TrialRecord } from './sampler.js';

/**
 * What the model believes each trial's objective to be without its noise: the posterior mean, in the objective's units. Undefined for trials that
 * ended without a finite value, and for those of a long history that the model is not built on.
 */
export function believedValues(
  space: SearchSpace,
  history: readonly TrialRecord[],
  { goal, constraints }: Pick<SearchPolicy, 'goal' | 'constraints'>,
): (number | undefined)[] {
  const observations = mostTelling(observationsOf(history, goal), MODELLED);
  const { indices, sign, offset, scale } = observations;
  const values = new Array<number | undefined>(history.length).fill(undefined);
  if (observations.finite === 0) return values;
  meansOf(encodedSpace(space, constraints), observations).forEach((mean, i) => {
    const at = indices[i]!;
    if (Number.isFinite(history[at]!.value)) values[at] = sign * (offset + scale * mean);
  });
  return values;
}

/** In a space of one point there is nothing to model. */
function meansOf(encoded: EncodedSpace, observations: Observations): Float64Array {
  const { y } = observations;
  if (encoded.dimensions.length === 0) return y;
  return believedMeans(fitBeliefs(encodePoints(encoded, observations), y, new RandomStream(0, 'incumbent')));
}

/**
 * The trial that the model believes best: the lowest posterior mean, not the luckiest value. Where values are noisy the best observed one
 * is mostly luck (the winner's curse); where they are not, the two agree.
 * @returns the index in the history; undefined if no trial has a finite value
 */
export function bestBelieved(
  space: SearchSpace,
  history: readonly TrialRecord[],
  policy: Pick<SearchPolicy, 'goal' | 'constraints'>,
): number | undefined {
  const values = believedValues(space, history, policy);
  const sign = policy.goal === 'minimize' ? 1 : -1;
  const known = [...values.keys()].filter((i) => values[i] !== undefined);
  if (known.length === 0) return undefined;
  return known.reduce((a, b) => (sign * values[b]! < sign * values[a]! ? b : a));
}
