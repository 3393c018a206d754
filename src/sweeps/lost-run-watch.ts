import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { ServerOptions } from '../access/server-options.js';
import { Store } from '../access/store.js';
import { RunLifecycleService } from '../runs/run-lifecycle.service.js';
import { TrialQueueService } from './trial-queue.service.js';

/** Looks for lost runs while no worker asks for trials, so that the page does not show a dead run as running. */
@Injectable()
export class LostRunWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: Store,
    private readonly options: ServerOptions,
    private readonly lifecycle: RunLifecycleService,
    private readonly queue: TrialQueueService,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    await this.lifecycle.renewAllLeases();
    this.timer = setInterval(() => this.look(), Math.max(1000, this.options.leaseMs / 2));
    this.timer.unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    this.store
      .write((tx) => this.queue.requeueLost(tx))
      .catch((error: unknown) => console.error('looking for lost runs failed:', error));
  }
}
