import { AsyncResource } from 'node:async_hooks';
import { Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Store } from '../access/store.js';
import { mergeLog } from './metric-merge.js';
import { countLog } from './metric-tables.js';

/**
 * Acknowledged points wait so long until they are merged into their series, if nobody asks for them earlier: longer where merging takes
 * long, so that it takes a fifth of the time at most and each merge has more to merge.
 */
const DELAY_MS = 200;
const LONGEST_DELAY_MS = 3000;
const REST = 4;
/** so many points do not wait */
const MOST_WAITING = 500_000;
/** points that one transaction merges: some tens of milliseconds, in which other writes wait */
const POINTS_AT_ONCE = 65_536;

/** Merges acknowledged points into their series in the background, and at once for who wants to read them. */
@Injectable()
export class MetricMergeService implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private waitingPoints = 0;
  private delayMs = DELAY_MS;
  private running: Promise<number> | undefined;
  private next: Promise<number> | undefined;
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
    await (this.next ?? this.running)?.catch(() => undefined);
  }

  /** Says that so many more points wait. */
  nudge(points: number): void {
    this.waitingPoints += points;
    const isFull = this.waitingPoints >= MOST_WAITING;
    if (this.isClosing || (this.timer !== undefined && !isFull)) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(this.wake, isFull ? 0 : this.delayMs).unref();
    if (isFull) this.waitingPoints = 0;
  }

  /** Resolves when all points that were acknowledged before are in their series: others may come meanwhile, which it does not wait for. */
  async settle(): Promise<void> {
    let waiting = await countLog(this.store.read);
    while (waiting > 0) {
      const merged = await this.mergeOnce();
      waiting = merged === 0 ? 0 : waiting - merged;
    }
  }

  /** Merges within a transaction, for who reads points there. */
  async settleIn(tx: EntityManager): Promise<void> {
    while (await mergeLog(tx, POINTS_AT_ONCE));
  }

  private async onTimer(): Promise<void> {
    this.timer = undefined;
    this.waitingPoints = 0;
    const start = performance.now();
    try {
      await this.settle();
      this.delayMs = Math.min(LONGEST_DELAY_MS, Math.max(DELAY_MS, REST * (performance.now() - start)));
    } catch (error) {
      console.error('points could not be merged; they are kept, and merged later:', error);
    }
  }

  /**
   * One transaction for all who wait for it. It has not begun yet: one that runs already may have looked at the log before the caller did,
   * and what it merged may be none of what the caller counted.
   */
  private mergeOnce(): Promise<number> {
    this.next ??= this.afterRunning();
    return this.next;
  }

  private async afterRunning(): Promise<number> {
    await this.running?.catch(() => undefined);
    this.next = undefined;
    this.running = this.store.write((tx) => mergeLog(tx, POINTS_AT_ONCE));
    return this.running;
  }
}
