import { useEffect, useRef, useState } from 'preact/hooks';
import { noteAnswer, noteSilence } from './connection.js';
import type { TypedDocumentString } from './operations.generated.js';
import { ConnectionError, readAnswer, requestText } from './request.js';

export const LIVE_MS = 1_000;
export const CALM_MS = 5_000;
const LONGEST_RETRY_MS = 10_000;

export interface LiveData<R> {
  /** the last answer, kept while newer ones are asked for and while the server is away */
  data: R | undefined;
  error: Error | undefined;
  /** true while the data belongs to earlier variables */
  isPending: boolean;
  refresh(): void;
}

/** Last answers by operation and variables: going back shows them at once, also while the server is away. */
const lastAnswers = new Map<string, unknown>();
const KEPT_ANSWERS = 50;

function keepAnswer(key: string, data: unknown): void {
  lastAnswers.delete(key);
  lastAnswers.set(key, data);
  const [oldest] = lastAnswers.keys();
  if (lastAnswers.size > KEPT_ANSWERS) lastAnswers.delete(oldest!);
}

interface Cell<R> {
  data: R | undefined;
  error: Error | undefined;
  key: string | null;
}

function cellOf<R>(key: string | null): Cell<R> {
  const data = key === null ? undefined : (lastAnswers.get(key) as R | undefined);
  return { data, error: undefined, key: data === undefined ? null : key };
}

/**
 * Asks a typed query now and again while the page is visible. The component renders anew only when the answer's text changed, so
 * nothing flickers and no selection is lost. `pace` says how long to wait after an answer; variables null: nothing is asked.
 */
export function useLiveQuery<R, V>(
  operation: TypedDocumentString<R, V>,
  variables: V | null,
  pace: (data: R) => number = () => LIVE_MS,
): LiveData<R> {
  const refresh = useRef(() => {});
  const paceNow = useRef(pace);
  paceNow.current = pace;
  const key = variables === null ? null : `${operation}${JSON.stringify(variables)}`;
  const [cell, setCell] = useState<Cell<R>>(() => cellOf<R>(key));
  useEffect(() => {
    if (key === null) return;
    const poller = new Poller(operation, variables as V, (data) => paceNow.current(data));
    refresh.current = () => poller.askNow();
    if (lastAnswers.has(key)) setCell(cellOf<R>(key));
    return poller.start(
      (data) => {
        keepAnswer(key, data);
        setCell({ data, error: undefined, key });
      },
      (error) => setCell((now) => ({ ...now, error, key })),
    );
  }, [key]);
  return {
    data: cell.data,
    error: cell.error,
    isPending: cell.key !== key,
    refresh: () => refresh.current(),
  };
}

/** One query's loop: ask, tell if new, wait, ask again; at once when the tab comes back; with growing waits while the server is away. */
class Poller<R, V> {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly abort = new AbortController();
  private lastText: string | null = null;
  private failures = 0;
  private isAsking = false;
  private onData: (data: R) => void = () => {};
  private onError: (error: Error) => void = () => {};

  constructor(
    private readonly operation: TypedDocumentString<R, V>,
    private readonly variables: V,
    private readonly pace: (data: R) => number,
  ) {}

  /** @returns the function that stops it */
  start(onData: (data: R) => void, onError: (error: Error) => void): () => void {
    this.onData = onData;
    this.onError = onError;
    const onVisible = () => {
      if (!document.hidden) this.askNow();
    };
    document.addEventListener('visibilitychange', onVisible);
    this.askNow();
    return () => {
      document.removeEventListener('visibilitychange', onVisible);
      clearTimeout(this.timer);
      this.abort.abort();
    };
  }

  askNow(): void {
    clearTimeout(this.timer);
    if (!this.isAsking) void this.ask();
  }

  private async ask(): Promise<void> {
    this.isAsking = true;
    const wait = await this.answerOnce();
    this.isAsking = false;
    if (this.abort.signal.aborted || wait === null) return;
    this.timer = setTimeout(() => {
      if (!document.hidden) void this.ask();
    }, wait);
  }

  private async answerOnce(): Promise<number | null> {
    try {
      const text = await requestText(this.operation, this.variables, this.abort.signal);
      const data = readAnswer<R>(text);
      if (this.abort.signal.aborted) return null;
      this.failures = 0;
      noteAnswer();
      if (text !== this.lastText) this.onData(data);
      this.lastText = text;
      return this.pace(data);
    } catch (error) {
      return this.abort.signal.aborted ? null : this.fail(error as Error);
    }
  }

  private fail(error: Error): number {
    this.failures += 1;
    this.lastText = null;
    if (error instanceof ConnectionError) noteSilence(error.message);
    else noteAnswer();
    this.onError(error);
    return Math.min(LONGEST_RETRY_MS, LIVE_MS * 1.5 ** Math.min(this.failures, 8));
  }
}
