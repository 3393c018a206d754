import type { SearchSpace } from '../core/search-space.js';
import { believedValues } from '../search/incumbent.js';
import { historyHash, type SearchPolicy, type TrialRecord } from '../search/sampler.js';
import { slicesOf } from '../search/slices.js';
import { suggest } from '../search/suggest.js';
import { importanceOf } from './parameter-importance.js';

/** Everything that an answer of the search depends on. */
export interface SearchQuestion {
  /**
   * suggest: the next trial; believe: what each trial's objective is without noise; slices: what the model believes along each parameter;
   * importance: which parameters make the differences
   */
  kind: 'suggest' | 'believe' | 'slices' | 'importance';
  space: SearchSpace;
  history: TrialRecord[];
  policy: SearchPolicy;
  seed: number;
}

export interface SearchAnswer {
  id: number;
  value?: unknown;
  error?: unknown;
}

/** Pure: the same question has the same answer wherever it is computed. */
export function answerOf({ kind, space, history, policy, seed }: SearchQuestion): unknown {
  if (kind === 'suggest') return suggest(space, history, policy, seed);
  if (kind === 'slices') return slicesOf(space, history, policy);
  return kind === 'importance'
    ? importanceOf(space, history, policy)
    : believedValues(space, history, policy);
}

/** Two questions with the same key have the same answer: a suggestion that was computed ahead counts only for the history that it saw. */
export function questionKey(sweepId: string, { history, policy }: SearchQuestion): string {
  return `${sweepId}/${historyHash(history)}/${JSON.stringify(policy)}`;
}

/** Before the model has trials to learn from an answer takes less than a message to a thread. */
const FEW = 3;

export function takesLong({ kind, history, policy }: SearchQuestion): boolean {
  return history.length >= FEW && (kind !== 'suggest' || policy.method === 'bayes');
}
