import { canonicalJson } from '../core/canonical-json.js';
import { hashJson } from '../core/hash.js';
import { type Goal, metricToJson } from '../core/metric-value.js';
import { type Objective, type OutcomeConstraint, type Outcomes, outcomesToJson } from '../core/outcome.js';
import type { RankBudget } from '../core/rank-budget.js';
import type { Parameters, SearchSpace } from '../core/search-space.js';

/**
 * The contract of every sampler: a pure function (space, history, policy, seed) → suggestion.
 * - The suggestion has exactly the space's names, each value one that the parameter can take.
 * - The same arguments give the same suggestion, on every machine; nothing is kept between calls.
 * - The history is every trial that was handed out, in order of its number, the unfinished ones included.
 * - A space of finitely many points is never handed out twice; when all are used the answer is `exhausted`.
 * - Any history gets an answer: all failed, all equal, huge, infinite or NaN values.
 */
export type Sampler = (
  space: SearchSpace,
  history: readonly TrialRecord[],
  policy: SearchPolicy,
  seed: number,
) => Suggestion;

/**
 * A trial as a sampler sees it.
 * finished   its value counts
 * stopped    ended early by a rule: its predicted final value counts as far as it is sure, or its last value where there is no prediction
 * diverged   counts as the worst value seen
 * failed, cancelled   tell nothing about the objective; their point is not handed out again
 * running, queued     pending: the model fills in its own prediction
 */
export interface TrialRecord {
  params: Parameters;
  state: 'finished' | 'stopped' | 'diverged' | 'failed' | 'cancelled' | 'running' | 'queued';
  /** the objective, or the first of several; a finished trial without a finite one counts as diverged */
  value?: number;
  /** all that the sweep looks at, by name; only where there are several objectives or limits on outcomes */
  outcomes?: Outcomes;
  /** of `value` where that is a prediction, in squared units of the objective */
  variance?: number;
}

export interface SearchPolicy {
  method: 'bayes' | 'random' | 'sobol' | 'grid';
  goal: Goal;
  /** how many trials there will be, where that is known: it sizes the initial design */
  runCap?: number | null;
  /** a known good point (the recipe's own values), tried first by the Bayesian sampler */
  defaults?: Parameters | null;
  /** points to try before any other, whatever the sampler; a partial one leaves the rest to the recipe or the middle of the space */
  tryFirst?: readonly Parameters[];
  /** formulas that every point fulfils */
  constraints?: readonly string[];
  /** two or more objectives; absent with one */
  objectives?: readonly Objective[];
  /** where hypervolume is measured from, by objective; fixed before the model's first suggestion */
  referencePoint?: Readonly<Record<string, number>> | null;
  /** what a trial must keep to be a result */
  outcomeConstraints?: readonly OutcomeConstraint[];
  /** runs of one configuration with different seeds, at most; default 1 */
  seeds?: number;
  /** start at a small rank and raise it while that is better than noise */
  rank?: RankBudget;
}

/** `replicate` n: the (n+1)th trial of the same parameters, with another seed. */
export type Suggestion = { params: Parameters; why: Why; replicate?: number } | { exhausted: true };

/** Why this point: stored with the trial and shown. */
export type Why =
  | { kind: 'grid'; index: number; size: number }
  | { kind: 'random' }
  /** again, with another seed; mean of the n that have ended, of trial `of` and its replicates */
  | { kind: 'replicate'; of: number; n: number; mean: number | null; rule: string }
  /** the best trial of the rank below, with the rank raised and nothing else changed */
  | { kind: 'rank'; rank: number; from: number; of: number }
  /** number in the sequence */
  | { kind: 'sobol'; index: number }
  /** before the model has enough to go on; `rule` asked is a point of try_first, default the recipe's own point, sobol spreads evenly */
  | { kind: 'initial'; rule: 'asked' | 'default' | 'sobol'; index: number; of: number }
  | ModelWhy
  | FrontWhy;

/** exploit: predicted better than the best point so far; explore: worth trying because little is known there. */
export interface ModelWhy {
  kind: 'exploit' | 'explore';
  /**
   * in units of the objective, and its logarithm, because it can be too small for a number; with limits on outcomes times the chance to keep them,
   * and null while no trial keeps them: then that chance is what is looked for
   */
  expectedImprovement: number | null;
  logExpectedImprovement: number | null;
  /** of the objective at this point, in its own units */
  predicted: { mean: number; sd: number };
  /** predicted at the best point tried (that keeps the limits) */
  incumbent: number | null;
  observed: number;
  pending: number;
  /** how pending trials entered: at the model's prediction for them */
  pendingRule: 'kriging believer';
  /** that a trial here does not diverge; absent while none did */
  chanceToSurvive?: number;
  /** that every limit on an outcome is kept; absent without limits */
  chanceFeasible?: number;
  /** what is predicted of the outcomes with limits, in their own units */
  outcomes?: Record<string, PredictedOutcome>;
}

/** The interval holds the noise-free value with 95 %. */
export interface PredictedOutcome {
  mean: number;
  low: number;
  high: number;
}

/** With several objectives. exploit: its predicted values alone would enlarge the front. */
export interface FrontWhy {
  kind: 'exploit' | 'explore';
  rule: 'expected hypervolume improvement' | 'augmented Chebyshev';
  /** of the volume in the objectives' own units, times the chance to keep every limit; null for the Chebyshev rule */
  expectedHypervolumeGain: number | null;
  logExpectedHypervolumeGain: number | null;
  /** of what has been found; the gain is to be held against it */
  hypervolume: number;
  referencePoint: Readonly<Record<string, number>>;
  /** Chebyshev: how much each objective counts in this suggestion */
  weights?: Record<string, number>;
  outcomes: Record<string, PredictedOutcome>;
  chanceFeasible?: number;
  /** that a trial here does not diverge; absent while none did */
  chanceToSurvive?: number;
  observed: number;
  pending: number;
  pendingRule: 'kriging believer';
}

/** The identity of what a suggestion saw: stored beside it, so that a replay can prove that it saw the same. */
export function historyHash(history: readonly TrialRecord[]): string {
  return hashJson(
    history.map(({ params, state, value, variance, outcomes }) => ({
      params,
      state,
      value: value === undefined ? null : metricToJson(value),
      ...(variance !== undefined && { variance }),
      ...(outcomes !== undefined && { outcomes: outcomesToJson(outcomes) }),
    })),
  );
}

/** Two points are the same if their keys are equal, whatever the order of their names. */
export function pointKey(params: Parameters): string {
  return canonicalJson(params);
}

/** The points that were handed out already. */
export function triedKeys(history: readonly TrialRecord[]): Set<string> {
  return new Set(history.map((trial) => pointKey(trial.params)));
}
