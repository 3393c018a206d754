import { Injectable } from '@nestjs/common';
import { recommend, type TrialOutcome } from '../analysis/recommendation.js';
import type { SweepConfig } from '../core/sweep-config.js';
import { MetricService } from '../runs/metric.service.js';
import type { Sweep } from './sweep.entity.js';
import type { Trial } from './trial.entity.js';
import { TrialService } from './trial.service.js';

@Injectable()
export class RecommendationService {
  constructor(
    private readonly trials: TrialService,
    private readonly metrics: MetricService,
  ) {}

  /** Which trial's adapter to take, and why; null while none has a result. */
  async recommend(sweep: Sweep): Promise<unknown> {
    const trials = await this.trials.ofSweep(sweep.id);
    const outcomes = await Promise.all(trials.map((trial) => this.outcomeOf(trial)));
    return recommend(outcomes, { metric: (sweep.config as SweepConfig).metric });
  }

  private async outcomeOf(trial: Trial): Promise<TrialOutcome> {
    const { id: trialId, latestRunId: runId, number, state, parameters, replicate } = trial;
    const [series, run] = await Promise.all([
      runId === null ? [] : this.metrics.summaries(runId),
      this.trials.latestRun(trial),
    ]);
    const facts = run?.facts as { trainableParameters?: unknown } | undefined;
    const size = facts?.trainableParameters;
    return {
      ...{ trialId, runId, number, state, parameters, replicate },
      metrics: Object.fromEntries(series.map(({ name, last }) => [name, last])),
      trainableParameters: typeof size === 'number' ? size : null,
    };
  }
}
