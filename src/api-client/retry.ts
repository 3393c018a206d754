/** How often to try, and how long to wait between: backoffMs, then twice as long each time. */
export interface RetryPolicy {
  attempts: number;
  backoffMs: number;
  sleep: (ms: number) => Promise<void>;
}

export const DEFAULT_RETRY: RetryPolicy = { attempts: 3, backoffMs: 100, sleep: delay };

export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Calls until it succeeds, until an error that `isWorthRetrying` refuses, or until the attempts are used up; then throws the last error. */
export async function retry<T>(
  call: () => Promise<T>,
  isWorthRetrying: (error: unknown) => boolean,
  policy: RetryPolicy,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (attempt >= policy.attempts || !isWorthRetrying(error)) throw error;
      await policy.sleep(policy.backoffMs * 2 ** (attempt - 1));
    }
  }
}
