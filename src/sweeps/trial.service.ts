import { Injectable } from '@nestjs/common';
import { MoreThan } from 'typeorm';
import { findByIdPrefix, Store } from '../access/store.js';
import { isBetter, metricFromJson } from '../core/metric-value.js';
import { keepsAll, outcomesFromJson } from '../core/outcome.js';
import { TRIAL_STATES } from '../core/states.js';
import type { SweepConfig } from '../core/sweep-config.js';
import { Run } from '../runs/run.entity.js';
import { RunRecordService } from '../runs/run-record.service.js';
import { StopDecision } from './stop-decision.entity.js';
import type { Sweep } from './sweep.entity.js';
import { Trial } from './trial.entity.js';

@Injectable()
export class TrialService {
  constructor(
    private readonly store: Store,
    private readonly records: RunRecordService,
  ) {}

  find(id: string): Promise<Trial | null> {
    return findByIdPrefix(this.store.read, Trial, id);
  }

  /** By number, those after number `after`. */
  ofSweep(sweepId: string, first?: number | null, after?: number | null): Promise<Trial[]> {
    return this.store.read.find(Trial, {
      where: { sweepId, number: MoreThan(after ?? 0) },
      order: { number: 'ASC' },
      ...(typeof first === 'number' && { take: Math.max(0, first) }),
    });
  }

  /** How many trials are in each state; every state is named. */
  async counts(sweepId: string): Promise<Record<string, number>> {
    const rows: { state: string; count: number | string }[] = await this.store.read
      .createQueryBuilder(Trial, 'trial')
      .select('trial.state', 'state')
      .addSelect('COUNT(*)', 'count')
      .where('trial.sweepId = :sweepId', { sweepId })
      .groupBy('trial.state')
      .getRawMany();
    const counted = Object.fromEntries(rows.map(({ state, count }) => [state, Number(count)]));
    return Object.fromEntries(TRIAL_STATES.map((state) => [state, counted[state] ?? 0]));
  }

  /** The finished trial with the best finite objective that keeps every limit; the first of equals. With several objectives there is none. */
  async best(sweep: Sweep): Promise<Trial | null> {
    const { metric, metrics, outcomeConstraints = [] } = sweep.config as SweepConfig;
    if (metric === null || metrics !== undefined) return null;
    const finished = await this.store.read.find(Trial, {
      where: { sweepId: sweep.id, state: 'finished' },
      order: { number: 'ASC' },
    });
    const kept = finished.filter(
      ({ outcomes }) => keepsAll(outcomeConstraints, outcomesFromJson(outcomes) ?? {}) === true,
    );
    return kept.reduce<Trial | null>((best, trial) => {
      const value = metricFromJson(trial.objective);
      return isBetter(value, best === null ? undefined : metricFromJson(best.objective), metric.goal)
        ? trial
        : best;
    }, null);
  }

  async latestRun({ latestRunId }: Trial): Promise<Run | null> {
    return latestRunId === null ? null : this.records.byId(latestRunId);
  }

  runs(trialId: string): Promise<Run[]> {
    return this.store.read.find(Run, { where: { trialId }, order: { leaseToken: 'ASC' } });
  }

  stopDecisions(trialId: string): Promise<StopDecision[]> {
    return this.store.read.find(StopDecision, {
      where: { trialId },
      order: { decidedAt: 'ASC', rung: 'ASC' },
    });
  }
}
