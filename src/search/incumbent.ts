import type { Goal } from '../core/metric-value.js';
import { RandomStream } from '../core/random.js';
import type { SearchSpace } from '../core/search-space.js';
import { believedMeans, fitBeliefs } from './beliefs.js';
import { encodedSpace } from './encode.js';
import { encodePoints } from './model-points.js';
import { observationsOf } from './observations.js';
import type { TrialRecord } from './sampler.js';

/**
 * The trial that the model believes best: the lowest posterior mean, not the luckiest value. Where values are noisy the best observed one
 * is mostly luck (the winner's curse); where they are not, the two agree.
 * @returns the index in the history; undefined if no trial has a finite value
 */
export function bestBelieved(
  space: SearchSpace,
  history: readonly TrialRecord[],
  goal: Goal,
): number | undefined {
  const { indices, params, y, finite } = observationsOf(history, goal);
  const encoded = encodedSpace(space);
  if (finite === 0) return undefined;
  const means =
    encoded.dimensions.length === 0
      ? y
      : believedMeans(fitBeliefs(encodePoints(encoded, params), y, new RandomStream(0, 'incumbent')));
  const candidates = [...indices.keys()].filter((i) => Number.isFinite(history[indices[i]!]!.value));
  const best = candidates.reduce((a, b) => (means[b]! < means[a]! ? b : a));
  return indices[best];
}
