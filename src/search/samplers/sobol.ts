import { encodedSpace } from '../encode.js';
import { finiteSpaceOf } from '../finite-space.js';
import { sobolParameters } from '../initial-design.js';
import { type Sampler, triedKeys } from '../sampler.js';
import { untriedPoint } from '../untried-point.js';

/**
 * Scrambled Sobol points through the parameters' distributions: random search without clumps and holes (Bergstra & Bengio 2012, sec. 3). Point
 * number n of a seed is the same whatever came before, unless it was tried already: then the next ones are looked at.
 */
export const suggestSobol: Sampler = (space, history, { constraints }, seed) => {
  const tried = triedKeys(history);
  const index = history.length;
  const params =
    sobolParameters(encodedSpace(space, constraints), seed, index, tried) ??
    untriedPoint(finiteSpaceOf(space, constraints), tried, seed, index);
  return params === undefined ? { exhausted: true } : { params, why: { kind: 'sobol', index } };
};
