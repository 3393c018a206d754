import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { type MetricJson, metricToJson } from '../core/metric-value.js';
import { DURATION_SECONDS, TRAINABLE_PARAMETERS } from '../core/outcome.js';
import type { SweepConfig } from '../core/sweep-config.js';
import { MetricService } from '../runs/metric.service.js';
import { MetricSeries } from '../runs/metric-series.entity.js';
import type { Run } from '../runs/run.entity.js';
import { Sweep } from './sweep.entity.js';

/** What a trial's run brought of what its sweep looks at. */
export interface TrialValues {
  /** of the only objective, or the first; null: never logged */
  objective: MetricJson | null;
  /** of every objective and limit; null where there is but one objective */
  outcomes: Record<string, MetricJson> | null;
}

@Injectable()
export class TrialOutcomeService {
  constructor(private readonly metrics: MetricService) {}

  /** The last value of each metric, as W&B's summary has it; a fact of the run's record where no metric has the name. */
  async of(tx: EntityManager, run: Run): Promise<TrialValues> {
    const { config } = await tx.findOneByOrFail(Sweep, { id: run.sweepId! });
    const { metric, metrics, outcomeConstraints } = config as SweepConfig;
    const names = [metric, ...(metrics ?? []), ...(outcomeConstraints ?? [])].flatMap(
      (one) => one?.name ?? [],
    );
    await this.metrics.settleIn(tx);
    const series = await tx.findBy(MetricSeries, { runId: run.id, name: In(names) });
    const logged = series.map(({ name, last }) => [name, metricToJson(last)] as const);
    const known: Record<string, MetricJson> = Object.fromEntries([...factsOf(run), ...logged]);
    const wanted = names.flatMap((name) => (known[name] === undefined ? [] : [[name, known[name]] as const]));
    const isSeveral = metrics !== undefined || outcomeConstraints !== undefined;
    return {
      objective: metric === null ? null : (known[metric.name] ?? null),
      outcomes: isSeveral ? Object.fromEntries(wanted) : null,
    };
  }
}

function factsOf({ facts, startedAt, endedAt }: Run): [string, MetricJson][] {
  const size = (facts as { trainableParameters?: unknown } | null)?.trainableParameters;
  const lasted = endedAt === null ? Number.NaN : (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
  return [
    ...(typeof size === 'number' ? [[TRAINABLE_PARAMETERS, size] as [string, number]] : []),
    ...(Number.isFinite(lasted) ? [[DURATION_SECONDS, lasted] as [string, number]] : []),
  ];
}
