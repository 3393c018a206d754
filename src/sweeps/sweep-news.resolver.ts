import { Args, ID, Resolver, Subscription } from '@nestjs/graphql';
import { LiveService } from '../access/live.service.js';
import { found } from '../access/store.js';
import { Sweep } from './sweep.entity.js';
import { SweepService } from './sweep.service.js';
import { TrialService } from './trial.service.js';

@Resolver()
export class SweepNewsResolver {
  constructor(
    private readonly live: LiveService,
    private readonly sweeps: SweepService,
    private readonly trials: TrialService,
  ) {}

  /** There is no cursor: each news is the whole sweep as it is. */
  @Subscription(() => Sweep, {
    resolve: (sweep: unknown) => sweep,
    description: 'the sweep as it is, and again whenever it or the state of one of its trials changes',
  })
  sweepUpdates(@Args('id', { type: () => ID }) id: string): Promise<AsyncIterableIterator<Sweep>> {
    let told = '';
    return this.live.news(async () => {
      const sweep = found(await this.sweeps.find(id), 'sweep', id);
      const print = JSON.stringify([sweep, await this.trials.counts(sweep.id)]);
      if (print === told) return null;
      told = print;
      return sweep;
    });
  }
}
