import type { EarlyTerminate } from '../../core/early-terminate.js';
import type { Goal } from '../../core/metric-value.js';
import type { Objective } from '../../core/outcome.js';
import { decideStop } from './decide-stop.js';
import type { Progress, StopDecision, TrialCurve } from './pruner.js';

export interface JudgedMetric {
  name: string;
  goal: Goal;
}

/** One metric of a trial, with the same metric of every other trial. */
export interface MetricCurves {
  metric: JudgedMetric;
  curve: TrialCurve;
  peers: readonly TrialCurve[];
}

export interface JointDecision extends StopDecision {
  /** the one that decided: the first that lets the trial go on, else the first */
  metric: string;
  /** of each metric; null where there is one */
  judged:
    | (Pick<StopDecision, 'stop' | 'step' | 'value' | 'threshold' | 'probability' | 'why'> & {
        metric: string;
      })[]
    | null;
}

/** What a rule judges: what it names itself, or every objective. */
export function judgedMetrics(rule: EarlyTerminate, objectives: readonly Objective[]): JudgedMetric[] {
  const goalOf = (name: string) => objectives.find((one) => one.name === name)?.goal ?? 'minimize';
  return (rule.metrics ?? objectives).map(({ name, goal }) => ({ name, goal: goal ?? goalOf(name) }));
}

/**
 * A trial that is hopeless in one objective may be the best in another: it is stopped only where the rule says so for every metric, each beside the
 * same metric of the other trials. While one of them cannot be judged yet nothing is decided.
 */
export function judgeMetrics(
  all: readonly MetricCurves[],
  rule: EarlyTerminate,
  progress: Progress,
): JointDecision | null {
  const found = all.map(({ metric, curve, peers }) => ({
    metric: metric.name,
    decision: decideStop(curve, peers, rule, metric.goal, progress),
  }));
  const decided = found.flatMap(({ metric, decision }) =>
    decision === null ? [] : [{ metric, ...decision }],
  );
  if (decided.length < found.length || decided.length === 0) return null;
  if (decided.length === 1) return { ...decided[0]!, judged: null };
  const decisive = decided.find(({ stop }) => !stop) ?? decided[0]!;
  const sentences = decided.map(({ metric, why }) => `${metric}: ${why}`);
  return {
    ...decisive,
    why: decisive.stop ? sentences.join('; ') : `${decisive.metric}: ${decisive.why}`,
    judged: decided.map(({ metric, stop, step, value, threshold, probability, why }) => ({
      ...{ metric, stop, step, value, threshold, probability, why },
    })),
  };
}
