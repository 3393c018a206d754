import type { Objective } from '../core/outcome.js';
import type { SearchSpace } from '../core/search-space.js';
import type { SweepConfig } from '../core/sweep-config.js';
import { suggestByRank } from './rank-budget.js';
import { suggestWithReplicates } from './replicates.js';
import type { Sampler, SearchPolicy, Suggestion, TrialRecord } from './sampler.js';
import { suggestBayes } from './samplers/bayes.js';
import { suggestGrid } from './samplers/grid.js';
import { suggestRandom } from './samplers/random.js';
import { suggestSobol } from './samplers/sobol.js';
import { nextAsked } from './try-first.js';

const SAMPLERS: Record<SearchPolicy['method'], Sampler> = {
  grid: suggestGrid,
  random: suggestRandom,
  sobol: suggestSobol,
  bayes: suggestBayes,
};

/**
 * The next trial, or that there is none left: a pure function of its arguments.
 * @param history every trial handed out so far, in order of its number, unfinished ones included
 * @throws RanksweepError INVALID_INPUT for a grid over a continuum
 */
export function suggest(
  space: SearchSpace,
  history: readonly TrialRecord[],
  policy: SearchPolicy,
  seed: number,
): Suggestion {
  const asked = nextAsked(space, history, policy);
  if (asked !== undefined) return asked;
  const sampler = SAMPLERS[policy.method];
  if (policy.rank !== undefined) return suggestByRank(sampler, policy.rank, space, history, policy, seed);
  if ((policy.seeds ?? 1) === 1) return sampler(space, history, policy, seed);
  return suggestWithReplicates(sampler, space, history, policy, seed);
}

/** A sweep's policy. Its defaults are the values that `run:` gives for the searched fields, if it gives all of them. */
export function policyOf(sweep: SweepConfig): SearchPolicy {
  const searched = sweep.parameters
    .filter(({ kind }) => kind !== 'constant' && kind !== 'tied')
    .map(({ name, when }) => ({ name, when, value: fieldAt(sweep.run, name) }));
  const given = searched.filter(({ value }) => value !== undefined);
  const isComplete = sweep.run !== null && searched.every((p) => p.when !== undefined || given.includes(p));
  return {
    method: sweep.method,
    goal: sweep.metric?.goal ?? 'minimize',
    runCap: sweep.runCap,
    seeds: sweep.seeds,
    defaults: isComplete ? Object.fromEntries(given.map(({ name, value }) => [name, value])) : null,
    ...(sweep.tryFirst?.length && { tryFirst: sweep.tryFirst }),
    ...(sweep.constraints?.length && { constraints: sweep.constraints }),
    ...(sweep.metrics && { objectives: sweep.metrics.map(withoutTarget) }),
    ...(sweep.rank && { rank: sweep.rank }),
    ...(sweep.outcomeConstraints?.length && { outcomeConstraints: sweep.outcomeConstraints }),
  };
}

/** A target ends a sweep; it does not guide the search. */
function withoutTarget({ target: _, ...objective }: Objective): Objective {
  return objective;
}

function fieldAt(run: unknown, name: string): unknown {
  return name
    .split('.')
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | null | undefined)?.[key], run);
}
