import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { Clock } from '../access/clock.js';
import { metricToJson } from '../core/metric-value.js';
import type { SweepConfig } from '../core/sweep-config.js';
import { MetricService } from '../runs/metric.service.js';
import type { PointInput } from '../runs/progress.input.js';
import { Run } from '../runs/run.entity.js';
import { RunLifecycleService } from '../runs/run-lifecycle.service.js';
import { type JointDecision, judgedMetrics, judgeMetrics } from '../search/pruners/judge-metrics.js';
import { type TrialCurve, trainerProgress } from '../search/pruners/pruner.js';
import { StopDecision } from './stop-decision.entity.js';
import { Sweep } from './sweep.entity.js';
import { Trial } from './trial.entity.js';

/** Asks the pruner of a sweep with `early_terminate` whether a run that has just reported its metric should go on. */
@Injectable()
export class EarlyTerminationService {
  constructor(
    private readonly clock: Clock,
    private readonly metrics: MetricService,
    private readonly lifecycle: RunLifecycleService,
  ) {}

  /** Stores the decision, and a request to stop with its reason where the pruner says so. */
  async judge(tx: EntityManager, run: Run, points: PointInput[]): Promise<void> {
    if (run.stopRequest !== null) return;
    const sweep = await tx.findOneByOrFail(Sweep, { id: run.sweepId! });
    const { metric, metrics, earlyTerminate, run: trainer } = sweep.config as SweepConfig;
    if (metric === null || earlyTerminate === null) return;
    const judged = judgedMetrics(earlyTerminate, metrics ?? [metric]);
    if (!points.some((point) => judged.some(({ name }) => name === point.metric))) return;
    const curves = await Promise.all(
      judged.map(async (one) => ({
        metric: one,
        curve: await this.curveOf(tx, run, one.name),
        peers: await this.peerCurves(tx, run, one.name),
      })),
    );
    const progress = trainerProgress(trainer === null ? {} : run.config);
    const decision = judgeMetrics(curves, earlyTerminate, progress);
    if (decision === null) return;
    await this.keep(tx, run, decision);
    if (decision.stop) await this.lifecycle.askToStop(tx, run, { by: 'rule', reason: decision.why });
  }

  private async keep(tx: EntityManager, run: Run, decision: JointDecision): Promise<void> {
    const row = {
      ...{ ...withJson(decision), runId: run.id, trialId: run.trialId!, decidedAt: this.clock.instant() },
      judged: decision.judged?.map(withJson) ?? null,
    };
    await tx.upsert(StopDecision, row as object, ['runId', 'rung']);
  }

  /** The curves of the sweep's other trials, each by its latest run; a lost run's curve is an earlier attempt and tells nothing new. */
  private async peerCurves(tx: EntityManager, run: Run, name: string): Promise<TrialCurve[]> {
    const trials = await tx.find(Trial, { select: { latestRunId: true }, where: { sweepId: run.sweepId! } });
    const latest = trials.flatMap(({ latestRunId }) => latestRunId ?? []).filter((id) => id !== run.id);
    const select = { id: true, trialNumber: true, state: true } as const;
    const runs = await tx.find(Run, { select, where: { id: In(latest) } });
    return Promise.all(runs.map((peer) => this.curveOf(tx, peer, name)));
  }

  private async curveOf(tx: EntityManager, run: Run, name: string): Promise<TrialCurve> {
    const { steps, values } = await this.metrics.points(tx, run.id, name);
    return { trial: run.trialNumber!, steps, values, isFinished: run.state === 'finished' };
  }
}

function withJson<T extends { value: number; threshold: number | null }>({ value, threshold, ...rest }: T) {
  return {
    ...{ ...rest, value: metricToJson(value) },
    threshold: threshold === null ? null : metricToJson(threshold),
  };
}
