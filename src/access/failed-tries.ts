const MOST_TRIES = 20;
const WINDOW_MS = 60_000;
const MOST_ADDRESSES = 10_000;

/** How often an address has shown a token that is none: guesses are few, and cheap to refuse. Known tokens are not counted. */
export class FailedTries {
  private readonly byAddress = new Map<string, { count: number; since: number }>();

  constructor(private readonly now: () => number) {}

  /** @returns how many ms the address has to wait; 0: it may try */
  waitMs(address: string): number {
    const tries = this.byAddress.get(address);
    const left = tries === undefined ? 0 : tries.since + WINDOW_MS - this.now();
    return tries !== undefined && tries.count >= MOST_TRIES ? Math.max(0, left) : 0;
  }

  note(address: string): void {
    const tries = this.byAddress.get(address);
    if (tries !== undefined && tries.since + WINDOW_MS > this.now()) tries.count++;
    else this.begin(address);
  }

  private begin(address: string): void {
    this.byAddress.delete(address);
    const [oldest] = this.byAddress.keys();
    if (this.byAddress.size >= MOST_ADDRESSES) this.byAddress.delete(oldest!);
    this.byAddress.set(address, { count: 1, since: this.now() });
  }
}
