import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { findByIdPrefix, found, Store } from '../access/store.js';
import type { NoiseEvidence } from '../analysis/kernel-noise.js';
import type { WeightEvidence } from '../analysis/reproduction-verdict.js';
import type { NamedSeries } from '../analysis/series-differences.js';
import { RunArtifact } from '../artifacts/run-artifact.entity.js';
import { environmentOf } from '../core/compute-environment.js';
import { holdsTrainedWeights } from '../core/trained-weights.js';
import { Evaluation } from './evaluation.entity.js';
import { MetricService } from './metric.service.js';
import { MetricSeries } from './metric-series.entity.js';
import { ProbeService } from './probe.service.js';
import { replicatesOf } from './replicate-query.js';
import { Run } from './run.entity.js';

/** What a repetition can be measured by while it runs. */
export interface ExpectedAgreement {
  noise: NoiseEvidence;
  replicateIds: string[];
}

/** The score of one set in both runs, in nats per token. */
export interface EvaluationDelta {
  name: string;
  original: number | null;
  reproduction: number | null;
  /** null where a side has no finite score */
  delta: number | null;
}

/** Collects what a verdict is made of. */
@Injectable()
export class ReproductionEvidenceService {
  constructor(
    private readonly store: Store,
    private readonly metrics: MetricService,
    private readonly probes: ProbeService,
  ) {}

  /** @param provenance of the place where the run is to be repeated */
  async expected(originalId: string, provenance: unknown): Promise<ExpectedAgreement> {
    const { read } = this.store;
    const original = found(await findByIdPrefix(read, Run, originalId), 'run', originalId);
    const noise = await this.noise(read, original, provenance);
    return { noise, replicateIds: (await replicatesOf(read, original)).map(({ id }) => id) };
  }

  noise(tx: EntityManager, original: Run, provenance: unknown): Promise<NoiseEvidence> {
    const here = environmentOf(provenance);
    return this.probes.noise(
      tx,
      original.id,
      modelHashOf(original),
      here,
      environmentOf(original.provenance),
    );
  }

  async seriesOf(tx: EntityManager, runId: string): Promise<NamedSeries[]> {
    const rows = await tx.find(MetricSeries, { where: { runId }, order: { name: 'ASC' } });
    return Promise.all(
      rows.map(async ({ name }) => ({ name, ...(await this.metrics.points(tx, runId, name)) })),
    );
  }

  /** The last value of each metric of each replicate. */
  async replicates(tx: EntityManager, original: Run): Promise<NamedSeries[][]> {
    const runs = await replicatesOf(tx, original);
    return Promise.all(
      runs.map(async ({ id }) =>
        (await tx.findBy(MetricSeries, { runId: id })).map(({ name, lastStep, last }) => ({
          ...{ name, steps: [lastStep], values: [last as number] },
        })),
      ),
    );
  }

  /** Of equal files nobody needs to compare the numbers. */
  async weights(tx: EntityManager, a: string, b: string): Promise<WeightEvidence> {
    const [first, second] = await Promise.all([a, b].map((id) => adapterFiles(tx, id)));
    if (first!.length === 0 && second!.length === 0) return { why: 'neither run kept an adapter' };
    const isIdentical = first!.join() === second!.join();
    if (isIdentical) return { relative: 0, largestModule: '', modules: {}, isIdentical };
    return { why: 'the files of the adapters differ, and nobody compared their numbers' };
  }

  async evaluationDeltas(tx: EntityManager, a: string, b: string): Promise<EvaluationDelta[]> {
    const [first, second] = await Promise.all([a, b].map((runId) => tx.findBy(Evaluation, { runId })));
    const names = [...new Set([...first!, ...second!].map(({ name }) => name))].sort();
    return names.map((name) => {
      const [original, reproduction] = [first!, second!].map(
        (scores) => scores.find((score) => score.name === name)?.loss ?? null,
      ) as [number | null, number | null];
      const delta = original === null || reproduction === null ? null : reproduction - original;
      return { name, original, reproduction, delta: Number.isFinite(delta) ? delta : null };
    });
  }
}

function modelHashOf({ provenance }: Run): string | null {
  return (provenance as { model?: { hash?: string } | null }).model?.hash ?? null;
}

async function adapterFiles(tx: EntityManager, runId: string): Promise<string[]> {
  const files = await tx.find(RunArtifact, { where: { runId }, order: { name: 'ASC' } });
  return files.filter(({ name }) => holdsTrainedWeights(name)).map(({ name, sha256 }) => `${name} ${sha256}`);
}
