import type { ApiClient } from '../api-client/api-client.js';
import { ReportProgressDocument, type ReportProgressMutation } from '../api-client/operations.generated.js';
import { type LoggedPoint, MetricBuffer } from './metric-buffer.js';
import { mayPass } from './patience.js';
import type { RunLease } from './run-lease.js';

type Answer = ReportProgressMutation['reportProgress'];

export interface ReporterEvents {
  onStop(reason: string): void;
  onLeaseLost(): void;
  /** the server refuses what is reported: nothing that is repeated will help */
  onRefused(error: unknown): void;
}

const FRESH_MS = 1000;

/**
 * Reports a run's points and log to the server: soon after they are logged, and at least every third of the lease as a sign of life. While
 * the server cannot be reached everything waits in the buffer and the run goes on.
 */
export class ProgressReporter {
  private readonly buffer: MetricBuffer;
  private isClosed = false;
  private isOver = false;
  private lastSent = 0;
  private running: Promise<void> | null = null;
  private wake = () => {};

  constructor(
    private readonly client: ApiClient,
    private readonly lease: Pick<RunLease, 'runId' | 'leaseToken' | 'leaseMs'> &
      Partial<Pick<RunLease, 'lastBatch'>>,
    private readonly events: ReporterEvents,
    private readonly now: () => number = Date.now,
  ) {
    this.buffer = new MetricBuffer(undefined, lease.lastBatch);
  }

  addPoints(points: readonly LoggedPoint[]): void {
    this.buffer.addPoints(points);
  }

  addLines(lines: readonly string[]): void {
    this.buffer.addLines(lines);
  }

  start(): void {
    this.running ??= this.loop();
  }

  /** Stops the loop and sends what is left. @throws ConnectionError if the server cannot be reached */
  async close(): Promise<void> {
    this.isClosed = true;
    this.wake();
    await this.running;
    while (!this.buffer.isEmpty && !this.isOver) await this.send();
  }

  /** Drops everything: the lease is lost. */
  abandon(): void {
    this.isClosed = true;
    this.isOver = true;
    this.wake();
  }

  private async loop(): Promise<void> {
    const beat = Math.min(FRESH_MS, this.lease.leaseMs / 3);
    while (!this.isClosed) {
      if (this.isDue()) await this.sendUnlessAway();
      if (!this.isClosed) await this.pause(beat);
    }
  }

  /** Ends early when the reporter is closed. */
  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  private isDue(): boolean {
    return !this.buffer.isEmpty || this.now() - this.lastSent >= this.lease.leaseMs / 3;
  }

  private async sendUnlessAway(): Promise<void> {
    try {
      await this.send();
    } catch (error) {
      if (!mayPass(error)) this.refuse(error);
    }
  }

  private async send(): Promise<void> {
    const batch = this.buffer.next();
    const { runId, leaseToken } = this.lease;
    const input = { runId, leaseToken, ...batch };
    const { reportProgress } = await this.client.request(
      ReportProgressDocument,
      { input },
      { repeatable: true },
    );
    this.lastSent = this.now();
    this.buffer.acknowledge(batch.batch);
    this.react(reportProgress);
  }

  private react({ leaseLost, stop, stopReason }: Answer): void {
    if (leaseLost) {
      this.abandon();
      this.events.onLeaseLost();
    } else if (stop) this.events.onStop(stopReason ?? 'the server asked');
  }

  private refuse(error: unknown): void {
    this.abandon();
    this.events.onRefused(error);
  }
}
