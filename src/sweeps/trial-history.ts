import { metricFromJson } from '../core/metric-value.js';
import type { SweepConfig } from '../core/sweep-config.js';
import type { TrialRecord } from '../search/sampler.js';
import type { Trial } from './trial.entity.js';

/** The rows as the search sees them, in order of their number. */
export function historyOf(trials: readonly Trial[]): TrialRecord[] {
  return trials.map(({ parameters, state, objective }) => {
    const value = metricFromJson(objective);
    return value === undefined ? { params: parameters, state } : { params: parameters, state, value };
  });
}

/** Whether a finished trial has reached the metric's target: then no more are suggested. */
export function isTargetReached({ metric }: SweepConfig, history: readonly TrialRecord[]): boolean {
  const target = metric?.target;
  if (metric === null || target === undefined) return false;
  const reaches = (value: number) => (metric.goal === 'minimize' ? value <= target : value >= target);
  return history.some(
    ({ state, value }) =>
      state === 'finished' && value !== undefined && Number.isFinite(value) && reaches(value),
  );
}
