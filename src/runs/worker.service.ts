import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../access/clock.js';
import { newId } from '../access/ids.js';
import { ServerOptions } from '../access/server-options.js';
import { found, insertRow, Store } from '../access/store.js';
import { Run } from './run.entity.js';
import type { RegisterWorkerInput } from './run-lifecycle.input.js';
import { Worker } from './worker.entity.js';

const LISTED = 200;

@Injectable()
export class WorkerService {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly options: ServerOptions,
  ) {}

  /** The workers seen last, latest first. */
  list(): Promise<Worker[]> {
    return this.store.read.find(Worker, { order: { lastSeenAt: 'DESC' }, take: LISTED });
  }

  register({ name, host, device }: RegisterWorkerInput): Promise<Worker> {
    const now = this.clock.instant();
    const worker = { id: newId('worker'), name, host, device, startedAt: now, lastSeenAt: now };
    return this.store.write((tx) => insertRow(tx, Worker, worker));
  }

  /** Notes a sign of life. @throws RanksweepError NOT_FOUND */
  async seen(tx: EntityManager, workerId: string): Promise<void> {
    const { affected } = await tx.update(Worker, { id: workerId }, { lastSeenAt: this.clock.instant() });
    found(affected || null, 'worker', workerId);
  }

  async state(worker: Worker): Promise<'idle' | 'busy' | 'gone'> {
    if ((await this.currentRunId(worker.id)) !== null) return 'busy';
    return worker.lastSeenAt < this.clock.instant(-2 * this.options.leaseMs) ? 'gone' : 'idle';
  }

  async currentRunId(workerId: string): Promise<string | null> {
    const run = await this.store.read.findOne(Run, {
      select: { id: true },
      where: { workerId, state: 'running' },
      order: { startedAt: 'DESC' },
    });
    return run?.id ?? null;
  }
}
