import { Injectable } from '@nestjs/common';
import { Clock } from '../access/clock.js';
import { findByIdPrefix, found, Store } from '../access/store.js';
import { judgeReproduction, type WeightEvidence } from '../analysis/reproduction-verdict.js';
import { RanksweepError } from '../core/errors.js';
import { MetricService } from './metric.service.js';
import { Reproduction } from './reproduction.entity.js';
import { ReproductionEvidenceService } from './reproduction-evidence.service.js';
import { Run } from './run.entity.js';
import type { JudgeInput } from './run-lifecycle.input.js';

@Injectable()
export class ReproductionService {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly metrics: MetricService,
    private readonly evidenceService: ReproductionEvidenceService,
  ) {}

  /** Compares a run with the one that it reproduces, and stores the verdict with what it is made of. */
  judge({ reproductionId, differences, weights, stoppedAt }: JudgeInput): Promise<Reproduction> {
    return this.store.write(async (tx) => {
      const run = found(await findByIdPrefix(tx, Run, reproductionId), 'run', reproductionId);
      if (run.reproduces === null)
        throw new RanksweepError('CONFLICT', `${run.id} does not reproduce another run`);
      const original = found(await tx.findOneBy(Run, { id: run.reproduces }), 'run', run.reproduces);
      await this.metrics.settleIn(tx);
      const source = this.evidenceService;
      const { verdict, step, metric, ...rest } = judgeReproduction({
        original: await source.seriesOf(tx, original.id),
        reproduction: await source.seriesOf(tx, run.id),
        noise: await source.noise(tx, original, run.provenance),
        replicates: await source.replicates(tx, original),
        weights: (weights as WeightEvidence | null) ?? (await source.weights(tx, original.id, run.id)),
      });
      const evaluations = await source.evaluationDeltas(tx, original.id, run.id);
      const evidence = { ...rest, evaluations, ...(stoppedAt ? { stoppedAt } : {}) };
      const keys = { reproductionId: run.id, originalId: original.id, judgedAt: this.clock.instant() };
      const judged = { verdict, step, metric, evidence, differences: differences ?? [] };
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
}
