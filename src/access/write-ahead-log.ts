import { closeSync, fdatasync, fstatSync, openSync } from 'node:fs';
import { promisify } from 'node:util';
import type { Checkpoint } from './checkpoint.js';
import { Checkpointer } from './checkpointer.js';
import { GroupSync } from './group-sync.js';

/** full: a write that is acknowledged survives a power failure; normal: it survives the end of the process only. */
export type Durability = 'full' | 'normal';

const MEGABYTE = 2 ** 20;
/** From this size on the log's pages are moved into the database meanwhile, */
const MOVE_BYTES = 4 * MEGABYTE;
/** and from this size on writes wait until all are moved. */
const WAIT_BYTES = 64 * MEGABYTE;
const PAUSE_MS = 1000;

/**
 * SQLite's write-ahead log, flushed and emptied beside the server's thread. SQLite would do both within COMMIT, where every request would
 * wait for the disk. Here COMMIT only writes; the write is acknowledged when the log is flushed, with all that were written by then.
 * docs/decisions/0028.
 */
export class WriteAheadLog {
  private readonly descriptor: number;
  private readonly disk: GroupSync;
  private readonly checkpointer = new Checkpointer();
  private moving: Promise<void> | undefined;
  private movedAt = 0;

  constructor(
    private readonly databaseFile: string,
    private readonly durability: Durability,
  ) {
    this.descriptor = openSync(`${databaseFile}-wal`, 'r+');
    const flush = promisify(fdatasync);
    this.disk = new GroupSync(() => flush(this.descriptor));
  }

  /** Resolves when what is committed is as safe as the setting says. @throws RanksweepError UNAVAILABLE */
  async committed(): Promise<void> {
    if (this.durability === 'full') await this.disk.sync();
  }

  /** @throws RanksweepError UNAVAILABLE if the disk has failed */
  check(): void {
    this.disk.check();
  }

  /** Between two writes: keeps the log small. */
  async tidy(): Promise<void> {
    const bytes = fstatSync(this.descriptor).size;
    if (bytes < MOVE_BYTES) return;
    if (bytes >= WAIT_BYTES) {
      await this.moving;
      await this.move('TRUNCATE');
    } else if (this.moving === undefined && Date.now() - this.movedAt > PAUSE_MS) void this.move('PASSIVE');
  }

  /** Whoever still waits is told first. */
  async close(): Promise<void> {
    await this.committed().catch(() => undefined);
    await this.moving;
    await this.checkpointer.close();
    closeSync(this.descriptor);
  }

  private move(mode: Checkpoint['mode']): Promise<void> {
    this.moving = this.checkpointer
      .run({ file: this.databaseFile, mode })
      .catch((error) => console.error('the write-ahead log could not be emptied; it is tried again:', error))
      .finally(() => {
        this.moving = undefined;
        this.movedAt = Date.now();
      });
    return this.moving;
  }
}
