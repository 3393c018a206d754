import { Injectable } from '@nestjs/common';
import type { SweepConfig } from '../core/sweep-config.js';
import { completeLosses, referencePointOf } from '../search/reference-point.js';
import { trialFront } from '../search/trial-front.js';
import type { ParetoFront } from './pareto-front.type.js';
import { policyNow } from './reference-point.service.js';
import type { Sweep } from './sweep.entity.js';
import { TrialService } from './trial.service.js';
import { historyOf } from './trial-history.js';

@Injectable()
export class ParetoFrontService {
  constructor(private readonly trials: TrialService) {}

  /** Null: the sweep has one objective. */
  async of(sweep: Sweep): Promise<ParetoFront | null> {
    const objectives = (sweep.config as SweepConfig).metrics;
    if (objectives === undefined) return null;
    const trials = await this.trials.ofSweep(sweep.id);
    const history = historyOf(trials);
    const referencePoint = sweep.referencePoint ?? referencePointOf(history, objectives);
    const found = trialFront(history, { ...policyNow(sweep), objectives, referencePoint });
    const first = (number: number) => completeLosses(history[number - 1]!, objectives)![0]!;
    const front = [...found.front].sort((a, b) => first(a) - first(b) || a - b);
    return {
      ...{ ...found, trials: front.map((number) => trials[number - 1]!) },
      ...{ referencePoint, isReferenceFixed: sweep.referencePoint !== null },
    };
  }
}
