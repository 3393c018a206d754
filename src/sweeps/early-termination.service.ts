import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { Clock } from '../access/clock.js';
import { inTurn } from '../access/in-turn.js';
import { metricToJson } from '../core/metric-value.js';
import type { SweepConfig } from '../core/sweep-config.js';
import { MetricService } from '../runs/metric.service.js';
import type { PointInput } from '../runs/progress.input.js';
import { Run } from '../runs/run.entity.js';
import { RunLifecycleService } from '../runs/run-lifecycle.service.js';
import { type PredictedEnd, predictStopped } from '../search/pruners/curve.js';
import { type JointDecision, judgedMetrics, judgeMetrics } from '../search/pruners/judge-metrics.js';
import { type TrialCurve, trainerProgress } from '../search/pruners/pruner.js';
import { StopDecision } from './stop-decision.entity.js';
import { Sweep } from './sweep.entity.js';
import { Trial } from './trial.entity.js';

/** At most this many curves of ended runs are kept in memory, of at most this many points each: 32 MB. */
const REMEMBERED = 200;
const LONG_CURVE = 10_000;

/** Asks the pruner of a sweep with `early_terminate` whether a run that has just reported its metric should go on. */
@Injectable()
export class EarlyTerminationService {
  private readonly ended = new Map<string, TrialCurve>();

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
    const curves = await inTurn(judged, async (one) => ({
      metric: one,
      curve: await this.curveOf(tx, run, one.name),
      peers: await this.peerCurves(tx, run, one.name),
    }));
    const progress = trainerProgress(trainer === null ? {} : run.config);
    const decision = judgeMetrics(curves, earlyTerminate, progress);
    if (decision === null) return;
    await this.keep(tx, run, decision);
    if (decision.stop) await this.lifecycle.askToStop(tx, run, { by: 'rule', reason: decision.why });
  }

  /** Where a run that was stopped was heading in its (first) objective; null where that cannot be said. */
  async predictEnd(tx: EntityManager, run: Run): Promise<PredictedEnd | null> {
    const sweep = await tx.findOneByOrFail(Sweep, { id: run.sweepId! });
    const { metric, run: trainer } = sweep.config as SweepConfig;
    if (metric === null) return null;
    const curve = await this.curveOf(tx, run, metric.name);
    const peers = await this.peerCurves(tx, run, metric.name);
    return predictStopped(curve, peers, metric.goal, trainerProgress(trainer === null ? {} : run.config));
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
    return inTurn(runs, (peer) => this.peerCurve(tx, peer, name));
  }

  private async peerCurve(tx: EntityManager, peer: Run, name: string): Promise<TrialCurve> {
    const key = `${peer.id}/${name}`;
    const known = this.ended.get(key);
    if (known !== undefined) return known;
    const curve = await this.curveOf(tx, peer, name);
    if (peer.state !== 'running') this.remember(key, curve);
    return curve;
  }

  private async curveOf(tx: EntityManager, run: Run, name: string): Promise<TrialCurve> {
    const { steps, values } = await this.metrics.points(tx, run.id, name);
    return { trial: run.trialNumber!, steps, values, isFinished: run.state === 'finished' };
  }

  /** A run that has ended gets no more points: its curve is read once, not at every report of every other trial. */
  private remember(key: string, curve: TrialCurve): void {
    if (curve.steps.length > LONG_CURVE) return;
    this.ended.set(key, curve);
    if (this.ended.size > REMEMBERED) this.ended.delete(this.ended.keys().next().value!);
  }
}

function withJson<T extends { value: number; threshold: number | null }>({ value, threshold, ...rest }: T) {
  return {
    ...{ ...rest, value: metricToJson(value) },
    threshold: threshold === null ? null : metricToJson(threshold),
  };
}
