import { RanksweepError } from '../../core/errors.js';
import { levelsOf } from '../../core/search-space.js';
import { firstUntried, gridOf } from '../finite-space.js';
import { type Sampler, triedKeys } from '../sampler.js';

/**
 * Counts through the whole space in the order of the file, the last parameter fastest; never a point twice, ends when all are used.
 * @throws RanksweepError INVALID_INPUT naming the parameters that are continuous and have no count
 */
export const suggestGrid: Sampler = (space, history, { constraints }) => {
  const grid = gridOf(space, constraints);
  if (grid === undefined) {
    const endless = space.filter((parameter) => levelsOf(parameter) === null);
    throw new RanksweepError(
      'INVALID_INPUT',
      'a grid needs finitely many points',
      endless.map(({ name, kind }) => ({
        field: `parameters.${name}`,
        message: `found a continuous range (${kind}): add count, or list values`,
      })),
    );
  }
  const found = firstUntried(grid, triedKeys(history), history.length % grid.size);
  if (found === undefined) return { exhausted: true };
  return { params: found.params, why: { kind: 'grid', index: found.index, size: grid.size } };
};
