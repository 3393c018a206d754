import { canonicalJson } from '../core/canonical-json.js';
import type { Parameters, SearchSpace } from '../core/search-space.js';
import { type HistoryChange, historySeen } from './history.js';
import { historyHash, type SearchPolicy, type TrialRecord } from './sampler.js';
import { suggest } from './suggest.js';

/** A suggestion as it was stored. */
export interface StoredSuggestion {
  params: Parameters;
  replicate: number;
  historyHash: string;
  /** null: from before these were kept */
  historyChanges: HistoryChange[] | null;
}

export type Replayed =
  | { trial: number; verdict: 'same' }
  | { trial: number; verdict: 'unknown' | 'history'; why: string }
  | { trial: number; verdict: 'different'; stored: Parameters; suggested: Parameters | null };

/**
 * Recomputes every stored suggestion from the history that it saw.
 * @param warm the records of earlier sweeps that came before the first trial
 * @param policyOf the policy at a trial's suggestion (a sweep can be edited while it runs)
 */
export function* replaySuggestions(
  space: SearchSpace,
  warm: readonly TrialRecord[],
  stored: readonly StoredSuggestion[],
  policyOf: (trial: number) => SearchPolicy,
  seed: number,
): Generator<Replayed> {
  const params = stored.map((suggestion) => suggestion.params);
  for (const [i, { params: was, replicate, historyHash: hash }] of stored.entries()) {
    const trial = i + 1;
    const changes = stored.slice(0, trial).map(({ historyChanges }) => historyChanges);
    if (changes.some((known) => known === null)) {
      yield { trial, verdict: 'unknown', why: 'what its search saw was not kept' };
      continue;
    }
    const history = [...warm, ...historySeen(params, changes as HistoryChange[][])];
    if (historyHash(history) !== hash) {
      yield { trial, verdict: 'history', why: 'the stored history does not have the stored hash' };
      continue;
    }
    const again = suggest(space, history, policyOf(trial), seed);
    const suggested = 'exhausted' in again ? null : again.params;
    const isSameTry = !('exhausted' in again) && (again.replicate ?? 0) === replicate;
    const isSame = isSameTry && canonicalJson(suggested) === canonicalJson(was);
    yield isSame ? { trial, verdict: 'same' } : { trial, verdict: 'different', stored: was, suggested };
  }
}
