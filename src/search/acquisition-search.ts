import type { RandomStream } from '../core/random.js';
import type { Acquisition } from './acquisition-function.js';
import { neighbours, spread } from './candidates.js';
import { byScore, climb, type Scored, scoreAt } from './climb.js';
import type { EncodedSpace } from './encode.js';
import { combinationsOf, searchCombinations } from './mixed-search.js';

const SPREAD = 256;
const NEIGHBOURS = 40;
/** of the points that the leading model ranks first, these are scored by all */
const SEEN_BY_ALL = 160;
const STARTS = 4;

/**
 * Points that exist where the acquisition is high, best first: Sobol points and neighbours of the best trials are scored, the best of them climb (bounded
 * quasi-Newton along the continuous coordinates, then every level of each discrete one, in turns).
 */
export function searchAcquisition(
  target: Acquisition,
  encoded: EncodedSpace,
  centres: readonly Float64Array[],
  stream: RandomStream,
): Scored[] {
  const points = [
    ...spread(encoded, stream, SPREAD),
    ...centres.flatMap((centre) => neighbours(encoded, stream, centre, NEIGHBOURS)),
  ];
  const raw = promising(target, points).map((x) => scoreAt(target, x));
  raw.sort(byScore);
  const combinations = combinationsOf(encoded);
  const climbed =
    combinations === undefined
      ? raw.slice(0, STARTS).map((start) => climb(target, encoded, start))
      : searchCombinations(target, encoded, combinations, raw);
  return [...climbed, ...raw].sort(byScore);
}

/** With several models: the points that look best to the leading one, because each look costs. */
function promising(target: Acquisition, points: readonly Float64Array[]): readonly Float64Array[] {
  if (target.leading === undefined) return points;
  const scored = scoreAll(target.leading, points);
  return scored.slice(0, SEEN_BY_ALL).map(({ x }) => x);
}

/** Every point of a list, best first. */
export function scoreAll(target: Acquisition, points: readonly Float64Array[]): Scored[] {
  return points.map((x) => scoreAt(target, x)).sort(byScore);
}
