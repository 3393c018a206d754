import { type MetricJson, metricFromJson, metricToJson } from '../core/metric-value.js';
import type { Parameters } from '../core/search-space.js';
import type { TrialRecord } from './sampler.js';

/** What became of a trial since the suggestion before: its number from 1, its state and its value then; the variance too if that was a prediction. */
export type HistoryChange = [
  number: number,
  state: TrialRecord['state'],
  value: MetricJson | null,
  variance?: number,
];

/** What is new in a history since an earlier one. */
export function historyChanges(before: readonly TrialRecord[], now: readonly TrialRecord[]): HistoryChange[] {
  return now.flatMap((trial, i): HistoryChange[] => {
    const [was, is] = [before[i] && changeOf(i, before[i]), changeOf(i, trial)];
    return was !== undefined && sameChange(was, is) ? [] : [is];
  });
}

function sameChange(a: HistoryChange, b: HistoryChange): boolean {
  return [1, 2, 3].every((k) => a[k] === b[k]);
}

function changeOf(index: number, { state, value, variance }: TrialRecord): HistoryChange {
  const json = value === undefined ? null : metricToJson(value);
  return variance === undefined ? [index + 1, state, json] : [index + 1, state, json, variance];
}

/** The history that a suggestion saw, from what every suggestion up to it found new. */
export function historySeen(
  params: readonly Parameters[],
  changes: readonly (readonly HistoryChange[])[],
): TrialRecord[] {
  const seen: TrialRecord[] = [];
  for (const [number, state, json, variance] of changes.flat()) {
    const value = metricFromJson(json);
    seen[number - 1] = {
      ...{ params: params[number - 1]!, state },
      ...(value !== undefined && { value }),
      ...(variance !== undefined && { variance }),
    };
  }
  return seen;
}
