import { canonicalJson } from '../core/canonical-json.js';
import { type MetricJson, metricFromJson, metricToJson } from '../core/metric-value.js';
import { outcomesFromJson, outcomesToJson } from '../core/outcome.js';
import type { Parameters } from '../core/search-space.js';
import type { TrialRecord } from './sampler.js';

/**
 * What became of a trial since the suggestion before: its number from 1, its state and its value then, and where a sweep looks at several values
 * all of them.
 */
export type HistoryChange = [
  number: number,
  state: TrialRecord['state'],
  value: MetricJson | null,
  outcomes?: Record<string, MetricJson>,
];

/** What is new in a history since an earlier one. */
export function historyChanges(before: readonly TrialRecord[], now: readonly TrialRecord[]): HistoryChange[] {
  return now.flatMap((trial, i): HistoryChange[] => {
    const [was, is] = [before[i] && changeOf(i, before[i]), changeOf(i, trial)];
    return was !== undefined && canonicalJson(was) === canonicalJson(is) ? [] : [is];
  });
}

function changeOf(index: number, { state, value, outcomes }: TrialRecord): HistoryChange {
  const change: HistoryChange = [index + 1, state, value === undefined ? null : metricToJson(value)];
  return outcomes === undefined ? change : [change[0], change[1], change[2], outcomesToJson(outcomes)];
}

/** The history that a suggestion saw, from what every suggestion up to it found new. */
export function historySeen(
  params: readonly Parameters[],
  changes: readonly (readonly HistoryChange[])[],
): TrialRecord[] {
  const seen: TrialRecord[] = [];
  for (const [number, state, json, known] of changes.flat()) {
    const [value, outcomes] = [metricFromJson(json), outcomesFromJson(known)];
    seen[number - 1] = {
      ...{ params: params[number - 1]!, state },
      ...(value !== undefined && { value }),
      ...(outcomes !== undefined && { outcomes }),
    };
  }
  return seen;
}
