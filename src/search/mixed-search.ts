import type { Acquisition } from './acquisition-function.js';
import { byScore, climbContinuous, type Scored, scoreIfAllowed } from './climb.js';
import { type EncodedSpace, snapPoint } from './encode.js';

/**
 * Spaces with few combinations of their discrete parameters are searched combination by combination: each is tried at the continuous positions that look
 * best so far, and the continuous part of the best ones is climbed from each of these positions. A climb from single points with one level changed at
 * a time stays where only two changes together are better.
 */
const MOST_COMBINATIONS = 200;
/** positions of the continuous coordinates that each combination is tried at */
const BASES = 3;
/** combinations whose continuous part is climbed */
const CLIMBED = 6;

/** Every combination of levels, NaN at the continuous coordinates; undefined where there are many, or only one. */
export function combinationsOf({ dimensions }: EncodedSpace): Float64Array[] | undefined {
  const size = dimensions.reduce((product, { levels }) => product * (levels?.length ?? 1), 1);
  if (size === 1 || size > MOST_COMBINATIONS) return undefined;
  return dimensions.reduce<Float64Array[]>(
    (all, { levels }, j) =>
      levels === null ? all : all.flatMap((x) => Array.from(levels, (level) => x.with(j, level))),
    [new Float64Array(dimensions.length).fill(Number.NaN)],
  );
}

/** @param raw points with their scores, best first   @returns the climbed points */
export function searchCombinations(
  target: Acquisition,
  encoded: EncodedSpace,
  combinations: readonly Float64Array[],
  raw: readonly Scored[],
): Scored[] {
  const bases = distinctBases(encoded, raw);
  const quick = target.leading ?? target;
  const ranked = combinations.map((combination) => {
    const tries = bases.map((base) => {
      return scoreIfAllowed(quick, encoded, snapPoint(encoded, filled(combination, base.x)));
    });
    return { combination, tries: tries.sort(byScore) };
  });
  ranked.sort((a, b) => byScore(a.tries[0]!, b.tries[0]!));
  return ranked.slice(0, CLIMBED).flatMap(({ tries }) => climbedFrom(target, encoded, tries));
}

function climbedFrom(target: Acquisition, encoded: EncodedSpace, tries: readonly Scored[]): Scored[] {
  const allowed = tries.filter(({ score }) => score > -Infinity);
  return allowed.map(({ x }) => {
    const { x: at } = climbContinuous(target, encoded, x);
    return scoreIfAllowed(target, encoded, snapPoint(encoded, at));
  });
}

function filled(combination: Float64Array, base: Float64Array): Float64Array {
  return combination.map((level, j) => (Number.isNaN(level) ? base[j]! : level));
}

/** The best points whose continuous coordinates are not nearly the same. */
function distinctBases({ dimensions }: EncodedSpace, raw: readonly Scored[]): Scored[] {
  const far = (a: Float64Array, b: Float64Array) =>
    dimensions.some(({ levels }, j) => levels === null && !(Math.abs(a[j]! - b[j]!) < 0.05));
  const bases: Scored[] = [];
  for (const point of raw) {
    if (bases.every((base) => far(base.x, point.x))) bases.push(point);
    if (bases.length === BASES) break;
  }
  return bases;
}
