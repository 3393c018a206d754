import { levelsOf, type Parameters, type SearchSpace } from '../core/search-space.js';
import { completePoint, isAllowed, isStructured } from '../core/search-space-structure.js';
import { withoutCount } from './encode.js';
import { pointKey } from './sampler.js';

/**
 * A space of finitely many points, counted through in mixed radix: the last parameter turns fastest. Undefined for a space with a continuum.
 */
export interface FiniteSpace {
  /** combinations of values; where the space is structured some are no points, and some the same one */
  size: number;
  isStructured: boolean;
  /** undefined: a constraint forbids it */
  pointAt(index: number): Parameters | undefined;
}

/** With the `count` of ranges, as a grid has it. */
export function gridOf(space: SearchSpace, constraints: readonly string[] = []): FiniteSpace | undefined {
  const levels = space.map((parameter) => levelsOf(parameter));
  if (levels.includes(null)) return undefined;
  const digits = levels as unknown[][];
  const structured = isStructured(space, constraints);
  return {
    size: digits.reduce((product, values) => product * values.length, 1),
    isStructured: structured,
    pointAt: (index) => {
      const free = pointOf(space, digits, index);
      if (!structured) return free;
      const point = completePoint(space, free);
      return isAllowed(space, constraints, point) ? point : undefined;
    },
  };
}

/** Without `count`: what random and Bayesian search can draw. */
export function finiteSpaceOf(
  space: SearchSpace,
  constraints: readonly string[] = [],
): FiniteSpace | undefined {
  return gridOf(space.map(withoutCount), constraints);
}

function pointOf(space: SearchSpace, digits: unknown[][], index: number): Parameters {
  let rest = index;
  const values = new Array<unknown>(space.length);
  for (let i = space.length - 1; i >= 0; i--) {
    const radix = digits[i]!.length;
    values[i] = digits[i]![rest % radix];
    rest = Math.floor(rest / radix);
  }
  return Object.fromEntries(space.map((parameter, i) => [parameter.name, values[i]]));
}

/** The first point from `start` on (then from the beginning) that was not tried; undefined if all were. */
export function firstUntried(
  finite: FiniteSpace,
  tried: ReadonlySet<string>,
  start: number,
): { params: Parameters; index: number } | undefined {
  const looks = finite.isStructured ? finite.size : Math.min(finite.size, tried.size + 1);
  for (let i = 0; i < looks; i++) {
    const index = (start + i) % finite.size;
    const params = finite.pointAt(index);
    if (params !== undefined && !tried.has(pointKey(params))) return { params, index };
  }
  return undefined;
}

/** Combinations of a structured space that are counted one by one; beyond it their number stands in for that of the points. */
const COUNTED = 20_000;

/** How many points a grid has, or null for a continuum. What `when` makes equal counts once, what a constraint forbids not at all. */
export function countPoints(space: SearchSpace, constraints: readonly string[] = []): number | null {
  const grid = gridOf(space, constraints);
  if (grid === undefined) return null;
  if (!grid.isStructured || grid.size > COUNTED) return grid.size;
  const points = Array.from({ length: grid.size }, (_, i) => grid.pointAt(i) ?? []).flat();
  return new Set(points.map(pointKey)).size;
}
