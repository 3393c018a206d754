import { delay } from '../api-client/retry.js';
import { RanksweepError } from '../core/errors.js';

/** The server is away, or cannot write at the moment: the same call may work later. */
export function mayPass(error: unknown): boolean {
  return error instanceof RanksweepError && (error.code === 'UNAVAILABLE' || error.code === 'INTERNAL');
}

const LONGEST_WAIT_MS = 5_000;

/** Calls again and again, for at most `limitMs` of waiting, while the errors may pass. `isHurried` cuts the waiting short. */
export async function withPatience<T>(
  call: () => Promise<T>,
  limitMs: number,
  isHurried: () => boolean = () => false,
  sleep: (ms: number) => Promise<void> = delay,
): Promise<T> {
  let waited = 0;
  for (let wait = 250; ; wait = Math.min(2 * wait, LONGEST_WAIT_MS)) {
    try {
      return await call();
    } catch (error) {
      if (!mayPass(error) || waited >= limitMs || isHurried()) throw error;
    }
    await sleep(wait);
    waited += wait;
  }
}
