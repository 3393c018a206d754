import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../access/clock.js';
import { Store } from '../access/store.js';
import { type NoiseEvidence, noiseBetween, type ProbedSteps, UNPROBED } from '../analysis/kernel-noise.js';
import { type ComputeEnvironment, environmentKey, environmentText } from '../core/compute-environment.js';
import { metricFromJson } from '../core/metric-value.js';
import { Probe, type ProbeInput } from './probe.entity.js';

/** Probes are read newest first up to here: more pairs would hardly move a bound. */
const MOST_PROBES = 200;

/** What was seen of the determinism of backends, and the bounds that follow. */
@Injectable()
export class ProbeService {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  record(inputs: ProbeInput[]): Promise<Probe[]> {
    return this.store.write(async (tx) => {
      for (const input of inputs) {
        const keys = { environmentKey: environmentKey(input.environment), probedAt: this.clock.instant() };
        const optional = { ofRunId: input.ofRunId ?? null, weightsHash: input.weightsHash ?? null };
        await tx.upsert(Probe, { ...input, ...keys, ...optional } as object, ['id']);
      }
      return Promise.all(inputs.map(({ id }) => tx.findOneByOrFail(Probe, { id })));
    });
  }

  /** Newest first; of a model, or of all. */
  list(modelHash?: string): Promise<Probe[]> {
    const where = modelHash === undefined ? {} : { modelHash };
    return this.store.read.find(Probe, { where, order: { probedAt: 'DESC', id: 'ASC' }, take: MOST_PROBES });
  }

  /** How far equal runs of a model part between two places, as probes have shown. */
  async noise(
    tx: EntityManager,
    originalId: string,
    modelHash: string | null,
    here: ComputeEnvironment | null,
    there: ComputeEnvironment | null,
  ): Promise<NoiseEvidence> {
    if (modelHash === null || here === null || there === null) {
      return { why: 'the record of one of the runs does not say on which model and backend it ran' };
    }
    const [a, b] = [environmentKey(here), environmentKey(there)];
    const order = { probedAt: 'DESC' as const, id: 'ASC' as const };
    const where = [a, b].map((key) => ({ modelHash, environmentKey: key }));
    const probes = await tx.find(Probe, { where, order, take: MOST_PROBES });
    const own = noiseBetween(probes.filter(({ ofRunId }) => ofRunId === originalId).map(probedSteps), a, b);
    // those of the run itself know its config; others, of the same model, may have had dropout or another rate
    const isOwn = 'bounds' in own || own.why !== UNPROBED;
    const evidence = isOwn ? own : noiseBetween(probes.map(probedSteps), a, b);
    if ('bounds' in evidence) return evidence;
    return { why: `${evidence.why} (${placesText(a === b, here, there)}, this model)` };
  }
}

function placesText(isSame: boolean, here: ComputeEnvironment, there: ComputeEnvironment): string {
  return isSame
    ? `${environmentText(here)} with itself`
    : `${environmentText(there)} with ${environmentText(here)}`;
}

function probedSteps({ id, whatHash, environmentKey, steps, series, weightDistances }: Probe): ProbedSteps {
  const numbers = series.map((one) => ({
    ...one,
    values: one.values.map((value) => metricFromJson(value)!),
  }));
  return { id, what: whatHash, where: environmentKey, steps, series: numbers, weightDistances };
}
