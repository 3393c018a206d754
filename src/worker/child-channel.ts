import type { FromChild, ToChild } from './child-messages.js';

/** A child's end of the channel to its worker. */
export interface ChildChannel {
  send(message: FromChild): void;
  /** Sends the last message, then lets the process end. */
  sendLast(message: FromChild): void;
  onMessage(listener: (message: ToChild) => void): void;
}

/**
 * Opens the channel of this child process. A worker that vanished takes its children with it: nobody would store what they find out.
 * Ctrl-C reaches the whole terminal, a scheduler's SIGTERM the whole group, and it is the worker's to decide what they mean for a run.
 */
export function openChannel(onOrphaned: () => void): ChildChannel {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
  process.on('disconnect', onOrphaned);
  return {
    send: (message) => process.send?.(message),
    sendLast: (message) => process.send?.(message, () => process.exit(0)),
    onMessage: (listener) => process.on('message', (message) => listener(message as ToChild)),
  };
}
