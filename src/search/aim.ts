import { keepsAll } from '../core/outcome.js';
import type { Acquisition } from './acquisition-function.js';
import { type EncodedSpace, encodePoint } from './encode.js';
import type { GaussianProcess } from './gaussian-process.js';
import type { Points } from './kernel.js';
import { encodePoints } from './model-points.js';
import { type OutcomeModel, predictTogether } from './outcome-models.js';
import { type OutcomeValues, predictedOutcome } from './outcome-observations.js';
import { completeLosses } from './reference-point.js';
import type { FrontWhy, ModelWhy, PredictedOutcome, SearchPolicy, TrialRecord } from './sampler.js';

/** What one suggestion looks for: a function of the space to maximise, where to look closely, and words for what is found. */
export interface Aim {
  target: Acquisition;
  /** good trials, whose neighbourhoods are looked at */
  centres: Float64Array[];
  /** @param score the acquisition there */
  explain(x: Float64Array, score: number): ModelWhy | FrontWhy;
  /** which trials diverge is a model of its own; it begins with this one's length scales */
  like: GaussianProcess;
  points: Points;
  /** whether each of the points has ended with values */
  survived: boolean[];
}

/** What every aim says of its evidence. */
export function groundsOf({ points, telling }: Evidence, { beliefs }: OutcomeModel) {
  const like = beliefs.reduce((a, b) => (b.share > a.share ? b : a)).gp;
  const survived = telling.map(({ state, value }) => state !== 'diverged' && Number.isFinite(value));
  return { like, points, survived };
}

/** What a model of several outcomes learns from: the trials that tell something, as rows, and those that run. */
export interface Evidence {
  history: readonly TrialRecord[];
  telling: TrialRecord[];
  points: Points;
  pending: Float64Array[];
  policy: SearchPolicy;
  seed: number;
  /** rows of the results that keep every limit */
  feasible: number[];
}

export function evidenceOf(
  encoded: EncodedSpace,
  history: readonly TrialRecord[],
  telling: TrialRecord[],
  policy: SearchPolicy,
  seed: number,
): Evidence {
  const params = telling.map((trial) => trial.params);
  const pending = history.filter(({ state }) => state === 'running' || state === 'queued');
  const feasible = [...telling.keys()].filter((i) => isFeasible(telling[i]!, policy));
  return {
    ...{ history, telling, policy, seed, feasible, points: encodePoints(encoded, { params }) },
    pending: pending.map((trial) => encodePoint(encoded, trial.params)),
  };
}

/** A result in every objective that keeps every limit. What is not known is not kept. */
export function isFeasible(
  trial: TrialRecord,
  { objectives, outcomeConstraints }: Pick<SearchPolicy, 'objectives' | 'outcomeConstraints'>,
): boolean {
  const isResult =
    objectives === undefined
      ? (trial.state === 'finished' || trial.state === 'stopped') && Number.isFinite(trial.value)
      : completeLosses(trial, objectives) !== undefined;
  return isResult && keepsAll(outcomeConstraints ?? [], trial.outcomes ?? {}) === true;
}

/** The rows with the least sum of broken limits: where to look while nothing keeps them. */
export function nearlyFeasible({ telling }: Evidence, limits: readonly OutcomeValues[]): number[] {
  const broken = (i: number) => limits.reduce((sum, { y, bound }) => sum + Math.max(0, y[i]! - bound), 0);
  return [...telling.keys()].sort((a, b) => broken(a) - broken(b) || a - b);
}

export function predictedOutcomes(
  models: readonly OutcomeModel[],
  x: Float64Array,
): Record<string, PredictedOutcome> {
  const entries = models.map((model) => {
    const { mean, sd } = predictTogether(model, x);
    return [model.values.name, predictedOutcome(model.values, mean, sd)] as const;
  });
  return Object.fromEntries(entries);
}

/** A process with the value that it is to stay below. */
export interface Limit {
  gp: GaussianProcess;
  bound: number;
}

/** The mean of what several combinations say of the chance to keep every limit. */
export function chanceToKeep(chances: readonly Acquisition[], x: Float64Array): number {
  return chances.reduce((sum, chance) => sum + Math.exp(chance.value(x)) / chances.length, 0);
}
