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
  if (finite === undefined) throw new RangeError('a continuum of points cannot be used up');
  const start = new RandomStream(seed, `untried/${index}`).nextInt(finite.size);
  return firstUntried(finite, tried, start)?.params;
}
