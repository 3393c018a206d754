import type { EarlyTerminate } from '../../core/early-terminate.js';
import { type Goal, isBetter } from '../../core/metric-value.js';
import { decideStop } from './decide-stop.js';
import { lastStep, type Progress, type StopDecision, type TrialCurve } from './pruner.js';

/** A curve with the moment of each of its points. */
export interface TimedCurve extends TrialCurve {
  times: ArrayLike<number>;
}

/** What a rule would have done to one trial. */
export interface WouldBe {
  trial: number;
  /** the decision that would have stopped it; null: it would have gone on */
  decision: StopDecision | null;
  /** steps that it went, and steps of these that would have been saved */
  steps: number;
  saved: number;
}

export interface WhatIf {
  trials: WouldBe[];
  steps: number;
  saved: number;
  /** the best final value, and the best one of the trials that would have gone on; null: none */
  best: number | null;
  bestKept: number | null;
  /** the trials that ended better than any that would have been kept */
  lost: number[];
}

/**
 * Replays a stopping rule over curves that are there: point by point in the order of their times, so that every judgement sees what it would
 * have seen. A trial that was stopped in truth ends where it was stopped.
 */
export function whatIf(
  curves: readonly TimedCurve[],
  rule: EarlyTerminate,
  goal: Goal,
  progress: (trial: number) => Progress,
): WhatIf {
  const replay = curves.map((curve) => new Replayed(curve));
  for (const { curve, index } of inOrder(replay)) {
    if (curve.decision !== null) continue;
    curve.shown = index + 1;
    const peers = replay.filter((other) => other !== curve && other.shown > 0).map((other) => other.sofar);
    const decision = decideStop(curve.sofar, peers, rule, goal, progress(curve.whole.trial));
    if (decision?.stop) curve.decision = decision;
  }
  return summary(replay, goal);
}

class Replayed {
  shown = 0;
  decision: StopDecision | null = null;

  constructor(readonly whole: TimedCurve) {}

  get sofar(): TrialCurve {
    const { trial, steps, values, isFinished } = this.whole;
    const cut = (all: ArrayLike<number>) => Array.prototype.slice.call(all, 0, this.shown) as number[];
    return {
      trial,
      steps: cut(steps),
      values: cut(values),
      isFinished: isFinished && this.shown === steps.length,
    };
  }

  get final(): number | undefined {
    return this.whole.isFinished ? this.whole.values[this.whole.values.length - 1] : undefined;
  }

  get saved(): number {
    return this.decision === null ? 0 : lastStep(this.whole) - this.whole.steps[this.shown - 1]!;
  }
}

function inOrder(replay: readonly Replayed[]) {
  const points = replay.flatMap((curve) =>
    Array.from(curve.whole.times, (time, index) => ({ curve, index, time })),
  );
  return points.sort(
    (a, b) => a.time - b.time || a.curve.whole.trial - b.curve.whole.trial || a.index - b.index,
  );
}

function summary(replay: readonly Replayed[], goal: Goal): WhatIf {
  const trials = replay.map(({ whole, decision, saved }) => ({
    ...{ trial: whole.trial, decision, steps: lastStep(whole), saved },
  }));
  const best = bestOf(replay, goal);
  const bestKept = bestOf(
    replay.filter(({ decision }) => decision === null),
    goal,
  );
  const lost = replay.filter(
    ({ decision, final }) => decision !== null && isBetter(final, bestKept ?? undefined, goal),
  );
  return {
    ...{ trials, steps: total(trials.map((t) => t.steps)), saved: total(trials.map((t) => t.saved)) },
    ...{ best, bestKept, lost: lost.map(({ whole }) => whole.trial) },
  };
}

function bestOf(replay: readonly Replayed[], goal: Goal): number | null {
  return replay.reduce<number | null>(
    (best, { final }) => (isBetter(final, best ?? undefined, goal) ? final! : best),
    null,
  );
}

const total = (values: number[]) => values.reduce((sum, value) => sum + value, 0);
