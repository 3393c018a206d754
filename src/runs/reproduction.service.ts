import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../access/clock.js';
import { findByIdPrefix, found, Store } from '../access/store.js';
import { judgeReproduction } from '../analysis/reproduction-verdict.js';
import { RanksweepError } from '../core/errors.js';
import { MetricService } from './metric.service.js';
import { MetricSeries } from './metric-series.entity.js';
import { Reproduction } from './reproduction.entity.js';
import { Run } from './run.entity.js';
import type { JudgeInput } from './run-lifecycle.input.js';

@Injectable()
export class ReproductionService {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly metrics: MetricService,
  ) {}

  /** Compares every series of a run with those of the run that it reproduces, and stores the verdict. */
  judge({ reproductionId, differences }: JudgeInput): Promise<Reproduction> {
    return this.store.write(async (tx) => {
      const run = found(await findByIdPrefix(tx, Run, reproductionId), 'run', reproductionId);
      if (run.reproduces === null)
        throw new RanksweepError('CONFLICT', `${run.id} does not reproduce another run`);
      await this.metrics.settleIn(tx);
      const original = await this.seriesOf(tx, run.reproduces);
      const reproduction = await this.seriesOf(tx, run.id);
      const { verdict, step, metric, ...evidence } = judgeReproduction(original, reproduction);
      const judged = { verdict, step, metric, evidence, differences: differences ?? [] };
      const keys = { reproductionId: run.id, originalId: run.reproduces, judgedAt: this.clock.instant() };
      await tx.upsert(Reproduction, { ...keys, ...judged } as object, ['reproductionId']);
      return tx.findOneByOrFail(Reproduction, { reproductionId: run.id });
    });
  }

  ofRun(runId: string): Promise<Reproduction[]> {
    return this.store.read.find(Reproduction, {
      where: [{ originalId: runId }, { reproductionId: runId }],
      order: { judgedAt: 'ASC' },
    });
  }

  private async seriesOf(tx: EntityManager, runId: string) {
    const rows = await tx.find(MetricSeries, { where: { runId }, order: { name: 'ASC' } });
    return Promise.all(
      rows.map(async ({ name }) => ({ name, ...(await this.metrics.points(tx, runId, name)) })),
    );
  }
}
