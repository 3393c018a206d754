import { metricFromJson } from '../core/metric-value.js';
import { outcomesFromJson } from '../core/outcome.js';
import type { HistoryChange } from '../search/history.js';
import { historyChanges, historySeen } from '../search/history.js';
import type { TrialRecord } from '../search/sampler.js';
import type { Sweep } from './sweep.entity.js';
import type { Trial } from './trial.entity.js';

/** The rows as the search sees them, in order of their number. A stopped trial counts by the end that was predicted when it stopped. */
export function historyOf(trials: readonly Trial[]): TrialRecord[] {
  return trials.map(({ parameters, state, objective, predicted, outcomes }) => {
    const known = outcomesFromJson(outcomes);
    const whole = { params: parameters, state, ...(known !== undefined && { outcomes: known }) };
    if (state === 'stopped' && predicted)
      return { ...whole, value: predicted.mean, variance: predicted.variance };
    const value = metricFromJson(objective);
    return { ...whole, ...(value !== undefined && { value }) };
  });
}

/** What was known before a sweep's first trial. */
export function warmHistory({ warmStart }: Sweep): TrialRecord[] {
  return warmStart.flatMap(({ history }) => history);
}

/** What a search has new to see since its last suggestion; null if what it saw then was not kept. */
export function changesSince(trials: readonly Trial[]): HistoryChange[] | null {
  const known = trials.map((trial) => trial.historyChanges);
  if (known.some((changes) => changes === null)) return null;
  const params = trials.map(({ parameters }) => parameters);
  return historyChanges(historySeen(params, known as HistoryChange[][]), historyOf(trials));
}
