import { functionalAnova } from '../analysis/functional-anova.js';
import type { ForestDimension } from '../analysis/regression-forest.js';
import type { SearchSpace } from '../core/search-space.js';
import { type Dimension, dimensionsOf } from '../search/encode.js';
import { MODELLED, mostTelling, observationsOf } from '../search/observations.js';
import type { SearchPolicy, TrialRecord } from '../search/sampler.js';
import type { ParameterImportance } from './search-insight.type.js';

/** With fewer results a share is luck. */
const FEWEST = 4;

/**
 * How much of the objective's variance over the searched space each parameter makes, from the trials as the search sees them: on the scales that are
 * searched, the values of a list equally likely, bad values cut (observations.ts) so that one blow-up does not make everything.
 */
export function importanceOf(
  space: SearchSpace,
  history: readonly TrialRecord[],
  { goal }: Pick<SearchPolicy, 'goal'>,
): ParameterImportance {
  const { params, y, finite } = mostTelling(observationsOf(history, goal), MODELLED);
  const all = dimensionsOf(space);
  const present = all.filter(({ name }) => params.every((point) => point[name] !== undefined));
  const leftOut = all.filter((dimension) => !present.includes(dimension)).map(({ name }) => name);
  const none = { shares: [], explained: null, trials: y.length, leftOut };
  if (finite < FEWEST || present.length === 0) return none;
  const X = params.map((point) => present.map((dimension) => coordinateOf(dimension, point[dimension.name])));
  const found = functionalAnova({ X, y: [...y], dimensions: present.map(forestDimension) });
  if (found === null) return none;
  const shares = [...found.single, ...found.pairs].map(({ dimensions, share, deviation }) => ({
    ...{ parameters: dimensions.map((d) => present[d]!.name), share, deviation },
  }));
  return { ...none, explained: found.explained, shares: shares.sort((a, b) => b.share - a.share) };
}

function forestDimension({ kind, levels }: Dimension): ForestDimension {
  return kind === 'ordered' ? { kind } : { kind, categories: levels!.length };
}

/** Levels stand in the middle of equal cells, so that the outer ones count as much as the inner ones. */
function coordinateOf({ kind, levels, encode }: Dimension, value: unknown): number {
  const position = encode(value);
  if (kind === 'unordered' || levels === null) return position;
  return (nearest(levels, position) + 0.5) / levels.length;
}

function nearest(levels: Float64Array, position: number): number {
  let best = 0;
  for (let i = 1; i < levels.length; i++) {
    if (Math.abs(levels[i]! - position) < Math.abs(levels[best]! - position)) best = i;
  }
  return best;
}
