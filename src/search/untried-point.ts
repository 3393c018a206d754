import { RanksweepError } from '../core/errors.js';
import { RandomStream } from '../core/random.js';
import type { Parameters } from '../core/search-space.js';
import { type FiniteSpace, firstUntried } from './finite-space.js';

/** Some point of a finite space that was not tried, when all that were drawn had been; undefined if there is none. */
export function untriedPoint(
  finite: FiniteSpace | undefined,
  tried: ReadonlySet<string>,
  seed: number,
  index: number,
): Parameters | undefined {
  if (finite === undefined) throw noPointLeft();
  const start = new RandomStream(seed, `untried/${index}`).nextInt(finite.size);
  return firstUntried(finite, tried, start)?.params;
}

/** In a continuum only constraints can leave nothing to draw. */
export function noPointLeft(): RanksweepError {
  const message = 'no point of the space that fulfils the constraints was found';
  return new RanksweepError('INVALID_INPUT', message, [{ field: 'constraints', message }]);
}
