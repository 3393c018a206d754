import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { type Checkpoint, checkpoint } from './checkpoint.js';

const THREAD = new URL('./checkpoint-thread.js', import.meta.url);

/** Runs checkpoints in a thread that starts with the first one; in this one where the thread's file is not built (tests from the sources). */
export class Checkpointer {
  private thread: Worker | undefined;

  /** One at a time. @throws Error with SQLite's words */
  async run(work: Checkpoint): Promise<void> {
    if (!existsSync(THREAD)) return checkpoint(work);
    this.thread ??= this.start();
    const answer = once(this.thread, 'message');
    this.thread.postMessage(work);
    const [problem] = await answer;
    if (problem !== null) throw new Error(problem);
  }

  async close(): Promise<void> {
    await this.thread?.terminate();
  }

  /** A thread that fails is replaced by the next question's. */
  private start(): Worker {
    const thread = new Worker(THREAD);
    thread.unref();
    thread.once('error', () => {
      this.thread = undefined;
    });
    return thread;
  }
}
