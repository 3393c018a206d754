import { Injectable } from '@nestjs/common';
import { BASE_CHANGE, recommend, type TrialOutcome } from '../analysis/recommendation.js';
import { outcomesFromJson } from '../core/outcome.js';
import type { SweepConfig } from '../core/sweep-config.js';
import { MetricService } from '../runs/metric.service.js';
import { policyOf } from '../search/suggest.js';
import { SearchThreadService } from './search-thread.service.js';
import type { Sweep } from './sweep.entity.js';
import type { Trial } from './trial.entity.js';
import { TrialService } from './trial.service.js';
import { historyOf } from './trial-history.js';

/** With fewer finished trials a model says no more than the values themselves. */
const MODELLED_FROM = 8;

@Injectable()
export class RecommendationService {
  constructor(
    private readonly trials: TrialService,
    private readonly metrics: MetricService,
    private readonly search: SearchThreadService,
  ) {}

  /** Which trial's adapter to take, and why; null while none has a result, and with several objectives: the choice among the front is a person's. */
  async recommend(sweep: Sweep): Promise<unknown> {
    const config = sweep.config as SweepConfig;
    if (config.metrics !== undefined) return null;
    const trials = await this.trials.ofSweep(sweep.id);
    const [outcomes, believed] = await Promise.all([
      Promise.all(trials.map((trial) => this.outcomeOf(trial))),
      this.believed(sweep.seed, config, trials),
    ]);
    const informed = outcomes.map((outcome, i) => ({ ...outcome, believed: believed[i] }));
    return recommend(informed, { metric: config.metric, ...limitsOf(config) });
  }

  /**
   * What the model believes each trial's objective to be without noise. Where seeds are repeated their means say it better, and a grid or a
   * random search of few trials has no model.
   */
  private async believed(
    seed: number,
    config: SweepConfig,
    trials: readonly Trial[],
  ): Promise<(number | undefined)[]> {
    const history = historyOf(trials);
    const finished = history.filter(({ state }) => state === 'finished').length;
    const isRepeated = (config.seeds ?? 1) > 1 || config.rank !== undefined;
    if (config.metric === null || isRepeated || finished < MODELLED_FROM) return [];
    const policy = policyOf(config);
    return this.search.ask({ kind: 'believe', space: config.parameters, history, policy, seed });
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
      ...{
        metrics: Object.fromEntries(series.map(({ name, last }) => [name, last])),
        outcomes: outcomesFromJson(trial.outcomes) ?? {},
      },
      trainableParameters: typeof size === 'number' ? size : null,
    };
  }
}

/** A limit that the sweep sets on the base's change takes the place of the usual one. */
function limitsOf({ outcomeConstraints: constraints = [] }: SweepConfig) {
  const own = constraints.find(({ name, side }) => name === BASE_CHANGE && side === 'at most');
  return { constraints, ...(own !== undefined && { baseChangeLimit: own.bound }) };
}
