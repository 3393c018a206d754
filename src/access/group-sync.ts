import { RanksweepError } from '../core/errors.js';

/**
 * Makes written bytes durable for many at once: whoever asks while the disk is busy shares the next turn with all others who do.
 * After one failure nobody is told "on disk" again: the operating system may have dropped the bytes, and a second try would not notice.
 */
export class GroupSync {
  private running: Promise<void> | undefined;
  private next: Promise<void> | undefined;
  private failure: RanksweepError | undefined;

  /** @param flush resolves when all bytes that were written before it was called are on disk */
  constructor(private readonly flush: () => Promise<void>) {}

  /** Resolves when what was written before is on disk. @throws RanksweepError UNAVAILABLE */
  sync(): Promise<void> {
    // the turn under way may have begun before the caller's last byte was written
    this.next ??= (this.running ?? Promise.resolve()).catch(() => undefined).then(() => this.start());
    return this.next;
  }

  /** @throws RanksweepError UNAVAILABLE if the disk has failed */
  check(): void {
    if (this.failure !== undefined) throw this.failure;
  }

  private start(): Promise<void> {
    const turn = this.turn().finally(() => {
      if (this.running === turn) this.running = undefined;
    });
    this.running = turn;
    this.next = undefined;
    return turn;
  }

  private async turn(): Promise<void> {
    this.check();
    try {
      await this.flush();
    } catch (error) {
      this.failure = new RanksweepError(
        'UNAVAILABLE',
        `the disk reported an error (${(error as Error).message}): nothing more is stored until the server is started again`,
      );
      throw this.failure;
    }
  }
}
