import { RandomStream } from '../../core/random.js';
import type { Parameters } from '../../core/search-space.js';
import { quantileOf } from '../../core/search-space-quantile.js';
import { completePoint } from '../../core/search-space-structure.js';
import { type EncodedSpace, encodedSpace } from '../encode.js';
import { type FiniteSpace, finiteSpaceOf, firstUntried } from '../finite-space.js';
import { pointKey, type Sampler, triedKeys } from '../sampler.js';
import { noPointLeft } from '../untried-point.js';

/** of a continuum, where constraints forbid most of it */
const REDRAWS = 10_000;
/** of a finite space, before the untried points are counted through */
const FEW_REDRAWS = 100;

/**
 * Independent draws from the parameters' distributions by their inverse distribution functions, as W&B draws. In a space of finitely many
 * points a draw that was tried is drawn again: a repeat of a deterministic training run tells nothing.
 */
export const suggestRandom: Sampler = (space, history, { constraints }, seed) => {
  const stream = new RandomStream(seed, `random/${history.length}`);
  const encoded = encodedSpace(space, constraints);
  const finite = finiteSpaceOf(space, constraints);
  const params =
    finite === undefined
      ? drawAllowed(encoded, stream)
      : drawUntried(encoded, stream, finite, triedKeys(history));
  return params === undefined ? { exhausted: true } : { params, why: { kind: 'random' } };
};

function draw({ space, isStructured }: EncodedSpace, stream: RandomStream): Parameters {
  const free = Object.fromEntries(
    space.map((parameter) => [parameter.name, quantileOf(parameter, positive(stream))]),
  );
  return isStructured ? completePoint(space, free) : free;
}

/** In (0, 1): a normal distribution is infinite at 0. */
function positive(stream: RandomStream): number {
  return stream.next() + 2 ** -54;
}

function drawAllowed(encoded: EncodedSpace, stream: RandomStream): Parameters {
  for (let i = 0; i < REDRAWS; i++) {
    const params = draw(encoded, stream);
    if (encoded.allows(params)) return params;
  }
  throw noPointLeft();
}

function drawUntried(
  encoded: EncodedSpace,
  stream: RandomStream,
  finite: FiniteSpace,
  tried: ReadonlySet<string>,
): Parameters | undefined {
  for (let i = 0; i < FEW_REDRAWS; i++) {
    const params = draw(encoded, stream);
    if (!tried.has(pointKey(params)) && encoded.allows(params)) return params;
  }
  return firstUntried(finite, tried, stream.nextInt(finite.size))?.params;
}
