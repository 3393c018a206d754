import { type MetricJson, metricFromJson, metricToJson } from '../core/metric-value.js';
import { outcomesFromJson, outcomesToJson } from '../core/outcome.js';
import type { Parameters } from '../core/search-space.js';
import type { TrialRecord } from './sampler.js';

/**
 * What became of a trial since the suggestion before: its number from 1, its state and its value then; the variance too if that was a prediction (null:
 * it was not), and where a sweep looks at several values all of them.
 */
export type HistoryChange = [
  number: number,
  state: TrialRecord['state'],
  value: MetricJson | null,
  variance?: number | null,
  outcomes?: Record<string, MetricJson>,
];

/** What is new in a history since an earlier one. */
export function historyChanges(before: readonly TrialRecord[], now: readonly TrialRecord[]): HistoryChange[] {
  return now.flatMap((trial, i): HistoryChange[] => {
    const [was, is] = [before[i] && changeOf(i, before[i]), changeOf(i, trial)];
    return was !== undefined && sameChange(was, is) ? [] : [is];
  });
}

function sameChange(a: HistoryChange, b: HistoryChange): boolean {
  return [1, 2, 3].every((k) => a[k] === b[k]) && JSON.stringify(a[4]) === JSON.stringify(b[4]);
}

function changeOf(index: number, { state, value, variance, outcomes }: TrialRecord): HistoryChange {
  const json = value === undefined ? null : metricToJson(value);
  if (outcomes !== undefined) return [index + 1, state, json, variance ?? null, outcomesToJson(outcomes)];
  return variance === undefined ? [index + 1, state, json] : [index + 1, state, json, variance];
}

/** The history that a suggestion saw, from what every suggestion up to it found new. */
export function historySeen(
  params: readonly Parameters[],
  changes: readonly (readonly HistoryChange[])[],
): TrialRecord[] {
  const seen: TrialRecord[] = [];
  for (const [number, state, json, variance, known] of changes.flat()) {
    const [value, outcomes] = [metricFromJson(json), outcomesFromJson(known)];
    seen[number - 1] = {
      ...{ params: params[number - 1]!, state },
      ...(value !== undefined && { value }),
      ...(variance !== undefined && variance !== null && { variance }),
      ...(outcomes !== undefined && { outcomes }),
    };
  }
  return seen;
}
