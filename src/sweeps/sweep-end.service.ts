import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../access/clock.js';
import { NO_STOP_RULES } from '../core/stop-rules.js';
import type { SweepConfig } from '../core/sweep-config.js';
import { Run } from '../runs/run.entity.js';
import { type SweepAims, type SweepUsage, whySweepEnds } from '../search/sweep-end.js';
import type { Sweep } from './sweep.entity.js';
import type { Trial } from './trial.entity.js';
import { historyOf } from './trial-history.js';

const MS_PER_HOUR = 3_600_000;

/** When a sweep has come to its end. */
@Injectable()
export class SweepEndService {
  constructor(private readonly clock: Clock) {}

  /** @param trials all of the sweep, by number   @returns null while more are to be suggested */
  async why(tx: EntityManager, sweep: Sweep, trials: Trial[]): Promise<string | null> {
    const rules = sweep.stopRules ?? NO_STOP_RULES;
    const usage = await this.usageOf(tx, sweep, rules.gpuHours !== null);
    return whySweepEnds(historyOf(trials), sweep.plannedTrials, aimsOf(sweep), rules, usage);
  }

  private async usageOf(tx: EntityManager, sweep: Sweep, withRuns: boolean): Promise<SweepUsage> {
    const now = this.clock.now();
    const select = { id: true, startedAt: true, endedAt: true } as const;
    const runs = withRuns ? await tx.find(Run, { select, where: { sweepId: sweep.id } }) : [];
    const lasted = ({ startedAt, endedAt }: Run) =>
      (endedAt === null ? now : Date.parse(endedAt)) - Date.parse(startedAt);
    return {
      seconds: (now - Date.parse(sweep.createdAt)) / 1000,
      gpuHours: runs.reduce((sum, run) => sum + lasted(run), 0) / MS_PER_HOUR,
    };
  }
}

function aimsOf({ config, referencePoint }: Sweep): SweepAims {
  const { metric, metrics, outcomeConstraints = [] } = config as SweepConfig;
  return { objectives: metrics ?? (metric === null ? [] : [metric]), outcomeConstraints, referencePoint };
}
