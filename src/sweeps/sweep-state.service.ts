import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../access/clock.js';
import { findByIdPrefix, found, Store } from '../access/store.js';
import { RanksweepError } from '../core/errors.js';
import type { SweepState } from '../core/states.js';
import { Run } from '../runs/run.entity.js';
import { RunLifecycleService } from '../runs/run-lifecycle.service.js';
import { Sweep } from './sweep.entity.js';
import { Trial } from './trial.entity.js';

/** What a person does to a whole sweep. */
@Injectable()
export class SweepStateService {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly lifecycle: RunLifecycleService,
  ) {}

  pause(id: string): Promise<Sweep> {
    return this.change(id, ['running', 'paused'], 'paused');
  }

  resume(id: string): Promise<Sweep> {
    return this.change(id, ['running', 'paused'], 'running');
  }

  cancel(id: string): Promise<Sweep> {
    return this.change(id, ['running', 'paused', 'cancelled'], 'cancelled', (tx, sweep) =>
      this.endTrials(tx, sweep),
    );
  }

  private change(
    id: string,
    from: SweepState[],
    to: SweepState,
    also?: (tx: EntityManager, sweep: Sweep) => Promise<void>,
  ): Promise<Sweep> {
    return this.store.write(async (tx) => {
      const sweep = found(await findByIdPrefix(tx, Sweep, id), 'sweep', id);
      if (!from.includes(sweep.state)) {
        throw new RanksweepError('CONFLICT', `${sweep.id} is ${sweep.state}: it cannot become ${to}`);
      }
      const endedAt = to === 'cancelled' ? (sweep.endedAt ?? this.clock.instant()) : null;
      await tx.update(Sweep, { id: sweep.id }, { state: to, endedAt });
      await also?.(tx, sweep);
      return tx.findOneByOrFail(Sweep, { id: sweep.id });
    });
  }

  /** Waiting trials end now, running ones with their worker's next sign of life. */
  private async endTrials(tx: EntityManager, { id: sweepId }: Sweep): Promise<void> {
    const endedAt = this.clock.instant();
    await tx.update(Trial, { sweepId, state: 'queued' }, { state: 'cancelled', endedAt });
    const running = await tx.findBy(Run, { sweepId, state: 'running' });
    const request = { by: 'person', reason: 'the sweep was cancelled' } as const;
    for (const run of running) await this.lifecycle.askToStop(tx, run, request);
  }
}
