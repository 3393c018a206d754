import type { EarlyTerminate } from '../../core/early-terminate.js';
import { type Goal, isBetter } from '../../core/metric-value.js';
import { paretoFront } from '../../core/pareto-front.js';
import { type JointDecision, type JudgedMetric, judgeMetrics, type MetricCurves } from './judge-metrics.js';
import { lastStep, type Progress, type TrialCurve } from './pruner.js';

/** A curve with the moment of each of its points. */
export interface TimedCurve extends TrialCurve {
  times: ArrayLike<number>;
}

/** A trial with its curve of each metric that a rule judges, and what it brought in each objective; undefined: it has no result. */
export interface TimedTrial {
  trial: number;
  curves: readonly TimedCurve[];
  result: readonly number[] | undefined;
}

/** What a rule would have done to one trial. */
export interface WouldBe {
  trial: number;
  /** the decision that would have stopped it; null: it would have gone on */
  decision: JointDecision | null;
  /** steps that it went, and steps of these that would have been saved */
  steps: number;
  saved: number;
}

export interface WhatIf {
  trials: WouldBe[];
  steps: number;
  saved: number;
  /** the best final value, and the best one of the trials that would have gone on; null: none, or several objectives */
  best: number | null;
  bestKept: number | null;
  /** with several objectives: the trials on the front; null: there is one */
  front: number[] | null;
  /** the trials that ended better than any that would have been kept; with several objectives those of the front that would have been stopped */
  lost: number[];
}

/** The rule over one metric that is the only objective. */
export function whatIf(
  curves: readonly TimedCurve[],
  rule: EarlyTerminate,
  metric: JudgedMetric,
  progress: (trial: number) => Progress,
): WhatIf {
  const trials = curves.map((curve) => {
    const final = curve.values[curve.values.length - 1];
    const result = curve.isFinished && final !== undefined ? [final] : undefined;
    return { trial: curve.trial, curves: [curve], result };
  });
  return whatIfSeveral(trials, rule, [metric], [metric.goal], progress);
}

/**
 * Replays a stopping rule over curves that are there: point by point in the order of their times, so that every judgement sees what it would
 * have seen. A trial that was stopped in truth ends where it was stopped.
 * @param metrics what is judged, one for each curve of a trial   @param goals one for each value of a result
 */
export function whatIfSeveral(
  trials: readonly TimedTrial[],
  rule: EarlyTerminate,
  metrics: readonly JudgedMetric[],
  goals: readonly Goal[],
  progress: (trial: number) => Progress,
): WhatIf {
  const replay = trials.map((trial) => new Replayed(trial));
  for (const { one, metric, index } of inOrder(replay)) {
    if (one.decision !== null) continue;
    one.shown[metric] = index + 1;
    const decision = judgeMetrics(curvesSeen(replay, one, metrics), rule, progress(one.whole.trial));
    if (decision?.stop) one.decision = decision;
  }
  return summary(replay, goals);
}

/** Each metric of one trial beside that of the others, as far as they had come. */
function curvesSeen(
  replay: readonly Replayed[],
  one: Replayed,
  metrics: readonly JudgedMetric[],
): MetricCurves[] {
  return metrics.map((metric, m) => ({
    metric,
    curve: one.sofar(m),
    peers: replay.filter((other) => other !== one && other.shown[m]! > 0).map((other) => other.sofar(m)),
  }));
}

class Replayed {
  readonly shown: number[];
  decision: JointDecision | null = null;

  constructor(readonly whole: TimedTrial) {
    this.shown = whole.curves.map(() => 0);
  }

  sofar(metric: number): TrialCurve {
    const { trial, steps, values, isFinished } = this.whole.curves[metric]!;
    const shown = this.shown[metric]!;
    const cut = (all: ArrayLike<number>) => Array.prototype.slice.call(all, 0, shown) as number[];
    return {
      trial,
      steps: cut(steps),
      values: cut(values),
      isFinished: isFinished && shown === steps.length,
    };
  }

  get steps(): number {
    return Math.max(0, ...this.whole.curves.map(lastStep));
  }

  get saved(): number {
    if (this.decision === null) return 0;
    return this.steps - Math.max(...this.shown.map((_, metric) => lastStep(this.sofar(metric))));
  }
}

function inOrder(replay: readonly Replayed[]) {
  const points = replay.flatMap((one) =>
    one.whole.curves.flatMap((curve, metric) =>
      Array.from(curve.times, (time, index) => ({ one, metric, index, time })),
    ),
  );
  return points.sort(
    (a, b) =>
      a.time - b.time || a.one.whole.trial - b.one.whole.trial || a.index - b.index || a.metric - b.metric,
  );
}

function summary(replay: readonly Replayed[], goals: readonly Goal[]): WhatIf {
  const trials = replay.map(({ whole, decision, steps, saved }) => ({
    ...{ trial: whole.trial, decision, steps, saved },
  }));
  const totals = { steps: total(trials.map((t) => t.steps)), saved: total(trials.map((t) => t.saved)) };
  const losses = goals.length === 1 ? lossOfBest(replay, goals[0]!) : lossOfFront(replay, goals);
  return { trials, ...totals, ...losses };
}

function lossOfBest(replay: readonly Replayed[], goal: Goal) {
  const best = bestOf(replay, goal);
  const bestKept = bestOf(
    replay.filter(({ decision }) => decision === null),
    goal,
  );
  const lost = replay.filter(
    ({ decision, whole }) => decision !== null && isBetter(whole.result?.[0], bestKept ?? undefined, goal),
  );
  return { best, bestKept, front: null, lost: lost.map(({ whole }) => whole.trial) };
}

function lossOfFront(replay: readonly Replayed[], goals: readonly Goal[]) {
  const results = replay.filter(({ whole }) => whole.result !== undefined);
  const front = paretoFront(
    results.map(({ whole }) => whole.result!),
    goals,
  ).map((i) => results[i]!);
  const lost = front.filter(({ decision }) => decision !== null);
  const numbers = (some: readonly Replayed[]) => some.map(({ whole }) => whole.trial);
  return { best: null, bestKept: null, front: numbers(front), lost: numbers(lost) };
}

function bestOf(replay: readonly Replayed[], goal: Goal): number | null {
  return replay.reduce<number | null>((best, { whole }) => {
    const value = whole.result?.[0];
    return isBetter(value, best ?? undefined, goal) ? value! : best;
  }, null);
}

const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0);
