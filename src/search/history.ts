import { type MetricJson, metricFromJson, metricToJson } from '../core/metric-value.js';
import type { Parameters } from '../core/search-space.js';
import type { TrialRecord } from './sampler.js';

/** What became of a trial since the suggestion before: its number from 1, its state and its value then. */
export type HistoryChange = [number: number, state: TrialRecord['state'], value: MetricJson | null];

/** What is new in a history since an earlier one. */
export function historyChanges(before: readonly TrialRecord[], now: readonly TrialRecord[]): HistoryChange[] {
  return now.flatMap((trial, i): HistoryChange[] => {
    const [was, is] = [before[i] && changeOf(i, before[i]), changeOf(i, trial)];
    return was?.[1] === is[1] && was[2] === is[2] ? [] : [is];
  });
}

function changeOf(index: number, { state, value }: TrialRecord): HistoryChange {
  return [index + 1, state, value === undefined ? null : metricToJson(value)];
}

/** The history that a suggestion saw, from what every suggestion up to it found new. */
export function historySeen(
  params: readonly Parameters[],
  changes: readonly (readonly HistoryChange[])[],
): TrialRecord[] {
  const seen: TrialRecord[] = [];
  for (const [number, state, json] of changes.flat()) {
    const value = metricFromJson(json);
    seen[number - 1] = { params: params[number - 1]!, state, ...(value !== undefined && { value }) };
  }
  return seen;
}
