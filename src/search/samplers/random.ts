import { RandomStream } from '../../core/random.js';
import type { Parameters, SearchSpace } from '../../core/search-space.js';
import { quantileOf } from '../../core/search-space-quantile.js';
import { type FiniteSpace, finiteSpaceOf, firstUntried } from '../finite-space.js';
import { pointKey, type Sampler, triedKeys } from '../sampler.js';

const REDRAWS = 100;

/**
 * Independent draws from the parameters' distributions by their inverse distribution functions, as W&B draws. In a space of finitely many
 * points a draw that was tried is drawn again: a repeat of a deterministic training run tells nothing.
 */
export const suggestRandom: Sampler = (space, history, _policy, seed) => {
  const stream = new RandomStream(seed, `random/${history.length}`);
  const finite = finiteSpaceOf(space);
  const params =
    finite === undefined ? draw(space, stream) : drawUntried(space, stream, finite, triedKeys(history));
  return params === undefined ? { exhausted: true } : { params, why: { kind: 'random' } };
};

function draw(space: SearchSpace, stream: RandomStream): Parameters {
  return Object.fromEntries(
    space.map((parameter) => [parameter.name, quantileOf(parameter, positive(stream))]),
  );
}

/** In (0, 1): a normal distribution is infinite at 0. */
function positive(stream: RandomStream): number {
  return stream.next() + 2 ** -54;
}

function drawUntried(
  space: SearchSpace,
  stream: RandomStream,
  finite: FiniteSpace,
  tried: ReadonlySet<string>,
): Parameters | undefined {
  for (let i = 0; i < REDRAWS; i++) {
    const params = draw(space, stream);
    if (!tried.has(pointKey(params))) return params;
  }
  return firstUntried(finite, tried, stream.nextInt(finite.size))?.params;
}
