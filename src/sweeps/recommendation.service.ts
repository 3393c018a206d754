import { Injectable } from '@nestjs/common';
import { recommend } from '../analysis/recommendation.js';
import type { Sweep } from './sweep.entity.js';
import { TrialService } from './trial.service.js';

@Injectable()
export class RecommendationService {
  constructor(private readonly trials: TrialService) {}

  async recommend(sweep: Sweep): Promise<unknown> {
    return recommend(await this.trials.ofSweep(sweep.id), sweep);
  }
}
