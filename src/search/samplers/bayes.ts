import { RandomStream } from '../../core/random.js';
import type { Parameters, SearchSpace } from '../../core/search-space.js';
import { type Scored, scoreAll, scoreAt, searchAcquisition, type Target } from '../acquisition-search.js';
import { type Dimension, decodePoint, dimensionsOf, encodePoint } from '../encode.js';
import { type FiniteSpace, finiteSpaceOf, firstUntried } from '../finite-space.js';
import { believe, fittedMeans, type GaussianProcess, predict } from '../gaussian-process.js';
import { fitGaussianProcess } from '../hyperparameters.js';
import { defaultPoint, initialTrials, sobolParameters } from '../initial-design.js';
import { pointAt } from '../kernel.js';
import { encodePoints } from '../model-points.js';
import { type Observations, observationsOf } from '../observations.js';
import {
  type ModelWhy,
  pointKey,
  type Sampler,
  type SearchPolicy,
  type Suggestion,
  type TrialRecord,
  triedKeys,
} from '../sampler.js';
import { untriedPoint } from '../untried-point.js';

/** Up to this many points are scored one by one instead of searched. */
const ENUMERATED = 2000;
/** The best trials whose neighbourhoods are looked at closely. */
const CENTRES = 5;

/** All that one suggestion works with. */
interface Round {
  space: SearchSpace;
  history: readonly TrialRecord[];
  policy: SearchPolicy;
  seed: number;
  dimensions: readonly Dimension[];
  tried: ReadonlySet<string>;
  /** undefined if the space has a continuum */
  finite: FiniteSpace | undefined;
}

/**
 * Bayesian search: a Gaussian process on the encoded space (Matérn 5/2, a relevance per dimension, noise estimated), the point of largest log
 * expected improvement over the best believed value. Pending trials enter at the model's own prediction (kriging believer). The first
 * trials are the recipe's defaults, where they are known, and scrambled Sobol points.
 */
export const suggestBayes: Sampler = (space, history, policy, seed) => {
  const tried = triedKeys(history);
  const finite = finiteSpaceOf(space);
  if (finite !== undefined && firstUntried(finite, tried, 0) === undefined) return { exhausted: true };
  const round = { space, history, policy, seed, dimensions: dimensionsOf(space), tried, finite };
  const observations = observationsOf(history, policy.goal);
  const initial = initialTrials(round.dimensions.length, policy.runCap);
  const useful = history.filter(({ state }) => state !== 'failed' && state !== 'cancelled').length;
  const isBlind = useful < initial || observations.finite < 1 || observations.y.length < 2;
  return isBlind ? suggestInitial(round, initial) : suggestByModel(round, observations);
};

function suggestInitial(round: Round, of: number): Suggestion {
  const { space, dimensions, policy, seed, tried, history } = round;
  const index = history.length;
  const recipe = index === 0 ? defaultPoint(space, dimensions, policy) : undefined;
  if (recipe !== undefined) return { params: recipe, why: { kind: 'initial', rule: 'default', index, of } };
  const params = sobolParameters(space, dimensions, seed, index, tried) ?? someUntried(round);
  return { params, why: { kind: 'initial', rule: 'sobol', index, of } };
}

function someUntried({ finite, tried, seed, history }: Round): Parameters {
  return untriedPoint(finite, tried, seed, history.length)!;
}

function suggestByModel(round: Round, observations: Observations): Suggestion {
  const { space, dimensions, history, tried } = round;
  const fitted = fitGaussianProcess(encodePoints(dimensions, observations.params), observations.y);
  const means = fittedMeans(fitted);
  const pending = history.filter(isPending).map((trial) => encodePoint(dimensions, trial.params));
  const target = { gp: believe(fitted, pending), best: Math.min(...means) };
  const isNew = ({ x }: Scored) => !tried.has(pointKey(decodePoint(space, dimensions, x)));
  const chosen = rankedPoints(round, target, centresOf(fitted, means)).find(isNew);
  const params = chosen === undefined ? someUntried(round) : decodePoint(space, dimensions, chosen.x);
  const scored = chosen ?? scoreAt(target, encodePoint(dimensions, params));
  return { params, why: explain(target, observations, pending.length, scored) };
}

function isPending({ state }: TrialRecord): boolean {
  return state === 'running' || state === 'queued';
}

/** The points of lowest believed value. */
function centresOf(gp: GaussianProcess, means: Float64Array): Float64Array[] {
  const order = Array.from(means.keys()).sort((a, b) => means[a]! - means[b]!);
  return order.slice(0, CENTRES).map((i) => pointAt(gp.points, i));
}

function rankedPoints(
  { dimensions, finite, seed, history }: Round,
  target: Target,
  centres: readonly Float64Array[],
): Scored[] {
  if (finite !== undefined && finite.size <= ENUMERATED) {
    const all = Array.from({ length: finite.size }, (_, i) => encodePoint(dimensions, finite.pointAt(i)));
    return scoreAll(target, all);
  }
  return searchAcquisition(target, dimensions, centres, new RandomStream(seed, `bayes/${history.length}`));
}

function explain(
  { gp, best }: Target,
  observations: Observations,
  pending: number,
  chosen: Scored,
): ModelWhy {
  const { sign, offset, scale, y } = observations;
  const { mean, sd } = predict(gp, chosen.x);
  const logExpectedImprovement = chosen.score + Math.log(scale);
  const inOwnUnits = (standardised: number) => sign * (offset + scale * standardised);
  return {
    kind: mean < best ? 'exploit' : 'explore',
    expectedImprovement: Math.exp(logExpectedImprovement),
    logExpectedImprovement,
    predicted: { mean: inOwnUnits(mean), sd: scale * sd },
    incumbent: inOwnUnits(best),
    observed: y.length,
    pending,
    pendingRule: 'kriging believer',
  };
}
