import { Injectable } from '@nestjs/common';
import { dialectOf } from './dialect.js';
import { Store } from './store.js';

const VERSION = {
  sqlite: 'SELECT data_version AS version FROM pragma_data_version',
  postgres: 'SELECT CAST(pg_current_snapshot() AS text) AS version',
};
/** Between two looks at the database, for each subscription. */
const LOOK_MS = 250;

/** What subscriptions wait with: the database is looked at again and again, because another server may write to it, too. */
@Injectable()
export class LiveService {
  constructor(private readonly store: Store) {}

  /**
   * An endless stream of whatever `ask` finds. It asks at once, so that a question that cannot be asked is refused before the stream
   * begins, and again whenever something may have been written. `ask` answers null when there is nothing new.
   */
  async news<News>(ask: () => Promise<News | null>): Promise<AsyncIterableIterator<News>> {
    const first = await ask();
    return new NewsStream(first, ask, () => this.version());
  }

  /** Differs when another connection has committed since; on Postgres also when one has begun to write, in any database. */
  private async version(): Promise<unknown> {
    const { name } = dialectOf(this.store.read);
    const [row] = await this.store.read.query(VERSION[name]);
    return row.version;
  }
}

/** No generator: that would notice its end only when the next news comes. */
class NewsStream<News> implements AsyncIterableIterator<News> {
  private isOver = false;
  private wake: () => void = () => {};
  private seen: unknown;

  constructor(
    private waiting: News | null,
    private readonly ask: () => Promise<News | null>,
    private readonly version: () => Promise<unknown>,
  ) {}

  async next(): Promise<IteratorResult<News>> {
    while (!this.isOver) {
      const news = this.waiting ?? (await this.look());
      this.waiting = null;
      if (news !== null) return { done: false, value: news };
      await this.pause();
    }
    return { done: true, value: undefined };
  }

  async return(): Promise<IteratorResult<News>> {
    this.isOver = true;
    this.wake();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  private async look(): Promise<News | null> {
    const version = await this.version();
    if (version === this.seen) return null;
    const news = await this.ask();
    this.seen = version;
    return this.isOver ? null : news;
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, LOOK_MS);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
