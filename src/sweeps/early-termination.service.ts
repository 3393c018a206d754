import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import type { SweepConfig } from '../core/sweep-config.js';
import { MetricService } from '../runs/metric.service.js';
import type { PointInput } from '../runs/progress.input.js';
import { Run } from '../runs/run.entity.js';
import { RunLifecycleService } from '../runs/run-lifecycle.service.js';
import { decide } from '../search/pruners/hyperband.js';
import { Sweep } from './sweep.entity.js';
import { Trial } from './trial.entity.js';

/** Asks the pruner of a sweep with `early_terminate` whether a run that has just reported its metric should go on. */
@Injectable()
export class EarlyTerminationService {
  constructor(
    private readonly metrics: MetricService,
    private readonly lifecycle: RunLifecycleService,
  ) {}

  /** Stores a request to stop, with its reason, where the pruner says so. */
  async judge(tx: EntityManager, run: Run, points: PointInput[]): Promise<void> {
    const sweep = await tx.findOneByOrFail(Sweep, { id: run.sweepId! });
    const { metric, earlyTerminate } = sweep.config as SweepConfig;
    if (metric === null || earlyTerminate === null) return;
    if (!points.some((point) => point.metric === metric.name)) return;
    const curve = await this.curveOf(tx, run.id, metric.name);
    const peers = await this.peerCurves(tx, run, metric.name);
    const { stop, why } = decide(curve, peers, earlyTerminate, metric.goal);
    if (stop) await this.lifecycle.askToStop(tx, run, { by: 'rule', reason: why });
  }

  /** The curves of the sweep's other trials, each by its latest run; a lost run's curve is an earlier attempt and tells nothing new. */
  private async peerCurves(tx: EntityManager, run: Run, name: string) {
    const trials = await tx.find(Trial, { select: { latestRunId: true }, where: { sweepId: run.sweepId! } });
    const latest = trials.flatMap(({ latestRunId }) => latestRunId ?? []).filter((id) => id !== run.id);
    const runs = await tx.find(Run, { select: { id: true }, where: { id: In(latest) } });
    return Promise.all(runs.map(({ id }) => this.curveOf(tx, id, name)));
  }

  private async curveOf(tx: EntityManager, runId: string, name: string): Promise<number[]> {
    return Array.from((await this.metrics.points(tx, runId, name)).values);
  }
}
