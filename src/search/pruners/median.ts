import type { MedianRule } from '../../core/early-terminate.js';
import { countUpTo, lastStep, type Pruner, short, signOf, type TrialCurve } from './pruner.js';

/**
 * The median rule of Vizier (Golovin et al. 2017, sec. 3.2.2), as Optuna's PercentilePruner does it: the best value so far against the
 * percentile of the finished trials' values at the same step. A trial that has logged NaN only is worse than all.
 */
export const judgeByMedian: Pruner<MedianRule> = (curve, peers, rule, goal, { warmupSteps }) => {
  const step = lastStep(curve);
  const finished = peers.filter(({ isFinished }) => isFinished);
  if (curve.steps.length === 0 || finished.length < rule.minTrials) return null;
  const first = Math.max(rule.minSteps ?? 0, warmupSteps);
  if (step < first || !isDue(curve, first, rule.interval)) return null;
  const sign = signOf(goal);
  const reached = finished.filter((peer) => countUpTo(peer, step) > 0);
  if (reached.length < rule.minTrials) return null;
  const there = reached.map((peer) => sign * valueAt(peer, step)).filter((value) => !Number.isNaN(value));
  if (there.length === 0) return null;
  const threshold = percentile(there, rule.percentile);
  const value = bestOf(curve, sign);
  const stop = Number.isNaN(value) || value > threshold;
  const name = rule.percentile === 50 ? 'median' : `percentile ${rule.percentile}`;
  const why = `the best value by step ${step}, ${short(sign * value)}, is ${stop ? 'worse than' : 'within'} ${short(sign * threshold)}, the ${name} of ${there.length} finished trials there`;
  return {
    ...{ stop, rule: 'median', rung: 0, step, value: sign * value, threshold: sign * threshold },
    ...{ probability: null, predicted: null, peers: there.length, why },
  };
};

/** Whether the last point is the first one in its interval. */
function isDue({ steps }: TrialCurve, first: number, interval: number | null): boolean {
  if (interval === null) return true;
  const slot = (step: number) => Math.floor((step - first) / interval);
  const before = steps.length < 2 ? Number.NEGATIVE_INFINITY : steps[steps.length - 2]!;
  return slot(before) < slot(steps[steps.length - 1]!) || before < first;
}

/** The last value at or before a step. */
function valueAt(curve: TrialCurve, step: number): number {
  return curve.values[countUpTo(curve, step) - 1]!;
}

/** NaN does not count, unless there is nothing else. */
function bestOf({ values }: TrialCurve, sign: number): number {
  const known = Array.from(values, (value) => sign * value).filter((value) => !Number.isNaN(value));
  return known.length === 0 ? Number.NaN : Math.min(...known);
}

/** With linear interpolation between ranks, as NumPy's. @param values without NaN, at least one */
export function percentile(values: readonly number[], percent: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = ((sorted.length - 1) * percent) / 100;
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return low === high ? low : low + (high - low) * (at - Math.floor(at));
}
