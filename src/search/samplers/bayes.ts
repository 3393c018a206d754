import { RandomStream } from '../../core/random.js';
import type { Parameters } from '../../core/search-space.js';
import { type Acquisition, improvementOf, mixtureOf, productOf } from '../acquisition-function.js';
import { scoreAll, searchAcquisition } from '../acquisition-search.js';
import { aimOf, isSeveral } from '../aim-of-sweep.js';
import { type Belief, believedMeans, fitBeliefs } from '../beliefs.js';
import type { Scored } from '../climb.js';
import { decodePoint, type EncodedSpace, encodedSpace, encodePoint } from '../encode.js';
import { type FiniteSpace, finiteSpaceOf, firstUntried } from '../finite-space.js';
import {
  type Anchor,
  anchorAt,
  believe,
  fittedMeans,
  type GaussianProcess,
  type Prediction,
  predict,
} from '../gaussian-process.js';
import { defaultPoint, initialTrials, sobolParameters, usefulTrials } from '../initial-design.js';
import { type Points, pointAt } from '../kernel.js';
import { encodePoints } from '../model-points.js';
import { MODELLED, mostTelling, type Observations, observationsOf } from '../observations.js';
import {
  type FrontWhy,
  type ModelWhy,
  pointKey,
  type Sampler,
  type SearchPolicy,
  type Suggestion,
  type TrialRecord,
  triedKeys,
} from '../sampler.js';
import { logSurvival, type SurvivalModel, survivalOf } from '../survival.js';
import { fitSurvival } from '../survival-fit.js';
import { untriedPoint } from '../untried-point.js';

/** Up to this many points are scored one by one instead of searched. */
const ENUMERATED = 2000;
/** The best trials whose neighbourhoods are looked at closely. */
const CENTRES = 5;

/** One model with what it wants to improve on. */
interface TargetModel {
  gp: GaussianProcess;
  /** the value to improve on, as this model sees it */
  best: number;
  /** the point that has it */
  anchor: Anchor;
  share: number;
}

/** All that one suggestion works with. */
interface Round {
  history: readonly TrialRecord[];
  policy: SearchPolicy;
  seed: number;
  encoded: EncodedSpace;
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
  const finite = finiteSpaceOf(space, policy.constraints);
  if (finite !== undefined && firstUntried(finite, tried, 0) === undefined) return { exhausted: true };
  const round = { history, policy, seed, encoded: encodedSpace(space, policy.constraints), tried, finite };
  const initial = initialTrials(round.encoded.dimensions.length, policy.runCap);
  const isBlind = usefulTrials(history) < initial;
  if (isSeveral(policy)) return isBlind ? suggestInitial(round, initial) : suggestBySeveral(round, initial);
  const observations = observationsOf(history, policy.goal);
  if (isBlind || observations.finite < 1 || observations.y.length < 2) return suggestInitial(round, initial);
  return suggestByModel(round, observations);
};

/** Several objectives, or limits on outcomes. */
function suggestBySeveral(round: Round, initial: number): Suggestion {
  const { encoded, history, policy, seed, tried } = round;
  const aim = aimOf(encoded, history, policy, seed);
  if (aim === undefined) return suggestInitial(round, initial);
  const isNew = ({ x }: Scored) => !tried.has(pointKey(decodePoint(encoded, x)));
  const survival = fitSurvival(aim.points, aim.survived, aim.like.theta);
  const target = survival === undefined ? aim.target : productOf([aim.target, survivalOf(survival)]);
  const chosen = rankedPoints(round, target, aim.centres).find(isNew);
  const params = chosen === undefined ? someUntried(round) : decodePoint(encoded, chosen.x);
  const x = chosen?.x ?? encodePoint(encoded, params);
  const why = aim.explain(x, aim.target.value(x));
  return { params, why: withSurvival(why, survival, x) };
}

function suggestInitial(round: Round, of: number): Suggestion {
  const { encoded, policy, seed, tried, history } = round;
  const index = history.length;
  const recipe = index === 0 ? defaultPoint(encoded, policy) : undefined;
  if (recipe !== undefined) return { params: recipe, why: { kind: 'initial', rule: 'default', index, of } };
  const params = sobolParameters(encoded, seed, index, tried) ?? someUntried(round);
  return { params, why: { kind: 'initial', rule: 'sobol', index, of } };
}

function someUntried({ finite, tried, seed, history }: Round): Parameters {
  return untriedPoint(finite, tried, seed, history.length)!;
}

function suggestByModel(round: Round, all: Observations): Suggestion {
  const observations = mostTelling(all, MODELLED);
  const { encoded, history, seed, tried } = round;
  const points = encodePoints(encoded, observations);
  const beliefs = fitBeliefs(points, observations.y, new RandomStream(seed, `beliefs/${history.length}`));
  const pending = history.filter(isPending).map((trial) => encodePoint(encoded, trial.params));
  const models = beliefs.map((belief) => targetOf(belief, pending));
  const improvement = mixtureOf(
    models.map(({ share, gp, best, anchor }) => ({ share, part: improvementOf(gp, best, anchor) })),
  );
  const survival = fitSurvival(points, survivedIn(observations, history), leadingProcess(beliefs).theta);
  const target = survival === undefined ? improvement : whereSurvived(improvement, survival);
  const isNew = ({ x }: Scored) => !tried.has(pointKey(decodePoint(encoded, x)));
  const chosen = rankedPoints(round, target, centresOf(points, believedMeans(beliefs))).find(isNew);
  const params = chosen === undefined ? someUntried(round) : decodePoint(encoded, chosen.x);
  const x = chosen?.x ?? encodePoint(encoded, params);
  const why = explain(models, all, pending.length, { x, score: improvement.value(x) });
  return { params, why: withSurvival(why, survival, x) };
}

function withSurvival<W extends ModelWhy | FrontWhy>(
  why: W,
  survival: SurvivalModel | undefined,
  x: Float64Array,
): W {
  return survival === undefined ? why : { ...why, chanceToSurvive: Math.exp(logSurvival(survival, x)) };
}

/** Points are ranked at first by the values alone: in these diverged trials are the worst, so that what is deadly ranks low already. */
function whereSurvived(improvement: Acquisition, survival: SurvivalModel): Acquisition {
  const product = productOf([improvement, survivalOf(survival)]);
  return { ...product, leading: improvement.leading ?? improvement };
}

/** What the model wants to improve on is the best of its own means. */
function targetOf({ gp, share }: Belief, pending: readonly Float64Array[]): TargetModel {
  const means = fittedMeans(gp);
  const incumbent = means.indexOf(Math.min(...means));
  const believed = believe(gp, pending);
  return {
    gp: believed,
    share,
    best: means[incumbent]!,
    anchor: anchorAt(believed, pointAt(gp.points, incumbent)),
  };
}

/** Whether each observed trial ended with a value. */
function survivedIn({ indices }: Observations, history: readonly TrialRecord[]): boolean[] {
  return indices.map((i) => history[i]!.state !== 'diverged' && Number.isFinite(history[i]!.value));
}

function leadingProcess(beliefs: readonly Belief[]): GaussianProcess {
  return beliefs.reduce((a, b) => (b.share > a.share ? b : a)).gp;
}

function isPending({ state }: TrialRecord): boolean {
  return state === 'running' || state === 'queued';
}

/** The points of lowest believed value. */
function centresOf(points: Points, means: Float64Array): Float64Array[] {
  const order = Array.from(means.keys()).sort((a, b) => means[a]! - means[b]!);
  return order.slice(0, CENTRES).map((i) => pointAt(points, i));
}

function rankedPoints(
  { encoded, finite, seed, history }: Round,
  target: Acquisition,
  centres: readonly Float64Array[],
): Scored[] {
  if (finite !== undefined && finite.size <= ENUMERATED) {
    const points = Array.from({ length: finite.size }, (_, i) => finite.pointAt(i) ?? []).flat();
    return scoreAll(
      target,
      points.map((point) => encodePoint(encoded, point)),
    );
  }
  return searchAcquisition(target, encoded, centres, new RandomStream(seed, `bayes/${history.length}`));
}

function explain(
  models: readonly TargetModel[],
  observations: Observations,
  pending: number,
  chosen: Scored,
): ModelWhy {
  const { sign, offset, scale, y } = observations;
  const { mean, sd } = mixture(models, chosen.x);
  const best = models.reduce((sum, model) => sum + model.share * model.best, 0);
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

/** Mean and deviation of what the models predict together. */
function mixture(models: readonly TargetModel[], x: Float64Array): Prediction {
  const predictions = models.map(({ gp, share }) => ({ share, ...predict(gp, x) }));
  const mean = predictions.reduce((sum, p) => sum + p.share * p.mean, 0);
  const variance = predictions.reduce((sum, p) => sum + p.share * (p.sd ** 2 + (p.mean - mean) ** 2), 0);
  return { mean, sd: Math.sqrt(variance) };
}
