import { AsyncResource } from 'node:async_hooks';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Store } from '../access/store.js';
import { mergeLog } from './metric-merge.js';
import { isLogEmpty } from './metric-tables.js';

/** Acknowledged points wait at most so long until they are merged into their series, if nobody asks for them earlier. */
const DELAY_MS = 200;
/** points that one transaction merges: some tens of milliseconds, in which other writes wait */
const POINTS_AT_ONCE = 65_536;

/** Merges acknowledged points into their series in the background, and at once for who wants to read them. */
@Injectable()
export class MetricMergeService implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private merging: Promise<void> | undefined;
  private isClosing = false;
  /** bound here, or the timer would believe to be within the transaction that set it */
  private readonly wake = AsyncResource.bind(() => this.onTimer());

  constructor(private readonly store: Store) {}

  /** Merges what was left when the server last ended. */
  onApplicationBootstrap(): Promise<void> {
    return this.settle();
  }

  async onApplicationShutdown(): Promise<void> {
    this.isClosing = true;
    clearTimeout(this.timer);
    await this.merging?.catch(() => undefined);
  }

  /** Says that points wait. */
  nudge(): void {
    if (this.timer !== undefined || this.isClosing) return;
    this.timer = setTimeout(this.wake, DELAY_MS).unref();
  }

  /** Resolves when all points that were acknowledged before are in their series. */
  async settle(): Promise<void> {
    while (!(await isLogEmpty(this.store.read))) await this.mergeOnce();
  }

  /** Merges within a transaction, for who reads points there. */
  async settleIn(tx: EntityManager): Promise<void> {
    while (await mergeLog(tx, POINTS_AT_ONCE));
  }

  private async onTimer(): Promise<void> {
    this.timer = undefined;
    try {
      await this.settle();
    } catch (error) {
      console.error('points could not be merged; they are kept, and merged later:', error);
    }
  }

  /** One transaction for all who wait for it. */
  private mergeOnce(): Promise<void> {
    this.merging ??= this.store
      .write((tx) => mergeLog(tx, POINTS_AT_ONCE))
      .then(() => undefined)
      .finally(() => {
        this.merging = undefined;
      });
    return this.merging;
  }
}
