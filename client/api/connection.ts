import { signal } from '@preact/signals';

/** When the server last answered, and since when it does not: one truth for the whole page. Times are ms since the epoch. */
export interface Connection {
  lastAnswerAt: number | null;
  lostSince: number | null;
  reason: string | null;
}

export const connection = signal<Connection>({ lastAnswerAt: null, lostSince: null, reason: null });

export function noteAnswer(): void {
  connection.value = { lastAnswerAt: Date.now(), lostSince: null, reason: null };
}

export function noteSilence(reason: string): void {
  const { lastAnswerAt, lostSince } = connection.value;
  connection.value = { lastAnswerAt, lostSince: lostSince ?? Date.now(), reason };
}
