import { pooledDeviation } from '../core/pooled-deviation.js';
import type { RankBudget } from '../core/rank-budget.js';
import type { SearchSpace } from '../core/search-space.js';
import { encodedSpace } from './encode.js';
import { pointAsWritten } from './initial-design.js';
import { asOneTrial, byMean, type Configuration, configurationsOf, replicateOf } from './replicates.js';
import type { Sampler, SearchPolicy, Suggestion, TrialRecord } from './sampler.js';
import { pointKey, triedKeys } from './sampler.js';

/** What one step up the ladder brought. */
export interface RankStep {
  from: number;
  to: number;
  /** of the best configuration's mean at each rank, in losses: above 0 is better at the higher rank */
  gain: number;
  /** of the gain, from the deviation between seeds; null: no configuration was repeated */
  standardError: number | null;
  isBetter: boolean;
}

/**
 * Where a sweep stands on its ladder.
 * explore   configurations are tried at this rank
 * compare   the best here and the best below are repeated, until the comparison rests on enough seeds
 * settled   a higher rank was no better: what is left of the sweep is searched at `rank`
 */
export interface RankStage {
  kind: 'explore' | 'compare' | 'settled';
  rank: number;
  steps: RankStep[];
  /** compare: the two configurations, the one at the lower rank first */
  contenders: Configuration[];
}

/** Two standard errors, as everywhere where a winner is told from a tie. */
const BEYOND_NOISE = 2;

/** A pure function of the history: nothing is remembered. */
export function rankStage(
  history: readonly TrialRecord[],
  budget: RankBudget,
  policy: Pick<SearchPolicy, 'goal'>,
): RankStage {
  const all = configurationsOf(history, policy);
  const spread = pooledDeviation(all.map(({ values }) => values));
  const steps: RankStep[] = [];
  let best: Configuration | undefined;
  for (const [i, rank] of budget.ladder.entries()) {
    const here = all.filter(({ records }) => records[0]!.params[budget.parameter] === rank);
    if (here.length < budget.trials || isRunning(here)) return stage('explore', rank, steps);
    const top = byMean(here).find(({ values }) => values.length > 0);
    if (i === 0) {
      best = top;
      continue;
    }
    const contenders = [best, top].filter((one) => one !== undefined);
    if (contenders.length === 2 && contenders.some((one) => isShort(one, budget)))
      return stage('compare', rank, steps, contenders);
    const step = stepBetween(budget.ladder[i - 1]!, rank, best, top, spread);
    steps.push(step);
    if (!step.isBetter) return stage('settled', budget.ladder[i - 1]!, steps);
    best = top;
  }
  return stage('settled', budget.ladder.at(-1)!, steps);
}

function stage(
  kind: RankStage['kind'],
  rank: number,
  steps: RankStep[],
  contenders: Configuration[] = [],
): RankStage {
  return { kind, rank, steps, contenders };
}

function isRunning(configurations: readonly Configuration[]): boolean {
  return configurations.some(({ records, values }) => values.length === 0 && records.some(isPending));
}

function isPending({ state }: TrialRecord): boolean {
  return state === 'running' || state === 'queued';
}

/** Attempts that diverged or failed count, so that a comparison always comes to its end. */
function isShort({ records }: Configuration, { seeds }: RankBudget): boolean {
  return records.length < seeds || records.some(isPending);
}

function stepBetween(
  from: number,
  to: number,
  below: Configuration | undefined,
  above: Configuration | undefined,
  spread: number | null,
): RankStep {
  const none = { from, to, gain: Number.NaN, standardError: null };
  if (above === undefined) return { ...none, isBetter: false };
  if (below === undefined) return { ...none, isBetter: true };
  const gain = below.mean - above.mean;
  const standardError =
    spread === null ? null : spread * Math.sqrt(1 / below.values.length + 1 / above.values.length);
  return { from, to, gain, standardError, isBetter: gain > BEYOND_NOISE * (standardError ?? 0) };
}

/** Suggests at the rank where the sweep stands. A rank that has fewer points than `budget.trials` is judged when they are tried. */
export function suggestByRank(
  sampler: Sampler,
  budget: RankBudget,
  ...[space, history, policy, seed]: Parameters<Sampler>
): Suggestion {
  const at = rankStage(history, budget, policy);
  if (at.kind === 'compare') {
    const repeated = repeatOf(at, budget, policy);
    if (repeated !== null) return repeated;
  }
  const carried = at.kind === 'explore' ? carriedUp(at, budget, { space, history, policy }) : undefined;
  if (carried !== undefined) return carried;
  const seen = configurationsOf(history, policy).map(asOneTrial);
  const next = sampler(space, seen, policyAt(at.rank, budget, policy), seed);
  if (!('exhausted' in next) || at.kind === 'settled') return next;
  const tried = seen.filter(({ params }) => params[budget.parameter] === at.rank).length;
  if (tried === 0 || tried >= budget.trials) return next;
  return suggestByRank(sampler, { ...budget, trials: tried }, space, history, policy, seed);
}

/** The best configuration that was found at a rank. */
export interface RankResult {
  rank: number;
  best: Configuration;
  /** configurations tried */
  tried: number;
  /** not distinguishable from the best rank: the difference is within two standard errors; null: no configuration was repeated */
  isAsGood: boolean | null;
}

/** What each rank reached, the smallest first; ranks without a finished trial are left out. */
export function rankResults(
  history: readonly TrialRecord[],
  { parameter, ladder }: RankBudget,
  policy: Pick<SearchPolicy, 'goal'>,
): RankResult[] {
  const all = configurationsOf(history, policy);
  const spread = pooledDeviation(all.map(({ values }) => values));
  const found = ladder.flatMap((rank) => {
    const here = all.filter(({ records }) => records[0]!.params[parameter] === rank);
    const best = byMean(here).find(({ values }) => values.length > 0);
    return best ? [{ rank, best, tried: here.length }] : [];
  });
  const top = byMean(found.map(({ best }) => best))[0];
  return found.map((one) => {
    const step = stepBetween(one.rank, one.rank, one.best, top, spread);
    return { ...one, isAsGood: spread === null ? null : !step.isBetter };
  });
}

/** The contender with the fewest runs; null: all wait for runs that have not ended. */
function repeatOf(
  { contenders, rank }: RankStage,
  { seeds }: RankBudget,
  policy: SearchPolicy,
): Suggestion | null {
  const open = contenders.filter(({ records }) => records.length < seeds);
  const fewest = open.sort((a, b) => a.records.length - b.records.length)[0];
  return replicateOf(fewest, `whether rank ${rank} is better than the one below`, policy);
}

interface Question {
  space: SearchSpace;
  history: readonly TrialRecord[];
  policy: SearchPolicy;
}

/** The first configuration at a rank is the best of the rank below, with nothing else changed. */
function carriedUp(
  { rank }: RankStage,
  { parameter, ladder }: RankBudget,
  { space, history, policy }: Question,
): Suggestion | undefined {
  const below = ladder[ladder.indexOf(rank) - 1];
  const isHere = ({ params }: TrialRecord) => params[parameter] === rank;
  if (below === undefined || history.some(isHere)) return undefined;
  const all = configurationsOf(history, policy);
  const best = byMean(
    all.filter(({ records, values }) => records[0]!.params[parameter] === below && values.length > 0),
  )[0];
  if (best === undefined) return undefined;
  const encoded = encodedSpace(space, policy.constraints);
  const params = pointAsWritten(encoded, { ...best.records[0]!.params, [parameter]: rank });
  if (params === undefined || triedKeys(history).has(pointKey(params))) return undefined;
  return { params, why: { kind: 'rank', rank, from: below, of: best.trial } };
}

function policyAt(rank: number, { parameter }: RankBudget, policy: SearchPolicy): SearchPolicy {
  const { defaults, constraints = [] } = policy;
  return {
    ...policy,
    constraints: [...constraints, `${parameter} == ${rank}`],
    ...(defaults && { defaults: { ...defaults, [parameter]: rank } }),
  };
}
