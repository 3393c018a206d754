import { isBetter } from '../core/metric-value.js';
import type { StopRules } from '../core/stop-rules.js';
import type { SweepMetric } from '../core/sweep-config.js';
import type { TrialRecord } from './sampler.js';

export interface SweepUsage {
  /** since the sweep was made */
  seconds: number;
  /** Σ of its runs' hours, those that run included */
  gpuHours: number;
}

/**
 * Why a sweep suggests no more trials; null: it goes on.
 * @param planned run_cap or the size of the grid; null: no such bound
 * @param trials its own, in order of their number
 */
export function whySweepEnds(
  trials: readonly TrialRecord[],
  planned: number | null,
  metric: SweepMetric | null,
  rules: StopRules,
  usage: SweepUsage,
): string | null {
  const reached = metric === null ? 0 : 1 + trials.findIndex((trial) => reachesTarget(trial, metric));
  if (reached > 0) return `trial ${reached} reached the target ${metric!.target}`;
  if (planned !== null && trials.length >= planned) return `all ${planned} planned trials were made`;
  return whyRuleEnds(trials, metric, rules, usage);
}

function whyRuleEnds(
  trials: readonly TrialRecord[],
  metric: SweepMetric | null,
  { seconds, gpuHours, noImprovement, failures }: StopRules,
  usage: SweepUsage,
): string | null {
  if (seconds !== null && usage.seconds >= seconds) return `its time of ${seconds} s is over`;
  if (gpuHours !== null && usage.gpuHours >= gpuHours) return `its ${gpuHours} GPU-hours are used up`;
  const failed = trials.filter(({ state }) => state === 'failed').length;
  if (failures !== null && failed >= failures)
    return failed === 1 ? 'a trial failed' : `${failed} trials failed`;
  if (noImprovement === null || metric === null) return null;
  const best = bestIndex(trials, metric);
  const since = trials.slice(best + 1).filter(hasEnded).length;
  if (best < 0 || since < noImprovement) return null;
  return `${since} trials in a row were no better than trial ${best + 1}`;
}

function reachesTarget({ state, value }: TrialRecord, { goal, target }: SweepMetric): boolean {
  if (target === undefined || state !== 'finished' || value === undefined || !Number.isFinite(value))
    return false;
  return goal === 'minimize' ? value <= target : value >= target;
}

/** A failed trial says nothing of the objective: it neither improves nor counts. */
function hasEnded({ state }: TrialRecord): boolean {
  return state === 'finished' || state === 'stopped' || state === 'diverged';
}

function bestIndex(trials: readonly TrialRecord[], { goal }: SweepMetric): number {
  return trials.reduce((best, { state, value }, i) => {
    return state === 'finished' && isBetter(value, trials[best]?.value, goal) ? i : best;
  }, -1);
}
