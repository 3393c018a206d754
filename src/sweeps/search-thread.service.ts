import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Injectable, type OnModuleDestroy } from '@nestjs/common';
import { answerOf, type SearchAnswer, type SearchQuestion } from './search-question.js';

interface Waiting {
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/**
 * Asks one thread for what takes the search long (a suggestion with a hundred trials: some 50 ms), so that the server's own goes on answering. The
 * thread starts with the first question; where its file is not built (tests run from the sources) the answer is computed here.
 */
@Injectable()
export class SearchThreadService implements OnModuleDestroy {
  private worker: Worker | null = null;
  private readonly waiting = new Map<number, Waiting>();
  private asked = 0;
  /** tests set another */
  entry = fileURLToPath(new URL('./search-thread.js', import.meta.url));

  async ask<Answer>(question: SearchQuestion): Promise<Answer> {
    if (!existsSync(this.entry)) return answerOf(question) as Answer;
    this.worker ??= this.start();
    const id = this.asked++;
    return new Promise<unknown>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker!.postMessage({ id, question });
    }) as Promise<Answer>;
  }

  async onModuleDestroy(): Promise<void> {
    await this.worker?.terminate();
  }

  private start(): Worker {
    const worker = new Worker(this.entry);
    worker.unref();
    worker.on('message', (answer: SearchAnswer) => this.settle(answer));
    worker.on('error', (error) => this.failAll(error));
    worker.on('exit', () => this.failAll(new Error('the thread of the search has ended')));
    return worker;
  }

  private settle({ id, value, error }: SearchAnswer): void {
    const waiting = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(error);
  }

  /** The next question starts another thread. */
  private failAll(error: unknown): void {
    this.worker = null;
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
  }
}
