import { levelsOf, type Parameters, type SearchSpace } from '../core/search-space.js';
import { withoutCount } from './encode.js';
import { pointKey } from './sampler.js';

/**
 * A space of finitely many points, counted through in mixed radix: the last parameter turns fastest. Undefined for a space with a continuum.
 */
export interface FiniteSpace {
  size: number;
  pointAt(index: number): Parameters;
}

/** With the `count` of ranges, as a grid has it. */
export function gridOf(space: SearchSpace): FiniteSpace | undefined {
  const levels = space.map((parameter) => levelsOf(parameter));
  if (levels.includes(null)) return undefined;
  const digits = levels as unknown[][];
  return {
    size: digits.reduce((product, values) => product * values.length, 1),
    pointAt: (index) => pointOf(space, digits, index),
  };
}

/** Without `count`: what random and Bayesian search can draw. */
export function finiteSpaceOf(space: SearchSpace): FiniteSpace | undefined {
  return gridOf(space.map(withoutCount));
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
  const looks = Math.min(finite.size, tried.size + 1);
  for (let i = 0; i < looks; i++) {
    const index = (start + i) % finite.size;
    const params = finite.pointAt(index);
    if (!tried.has(pointKey(params))) return { params, index };
  }
  return undefined;
}
