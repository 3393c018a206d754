import { Injectable } from '@nestjs/common';

/** The server's only source of time, injected so that tests of leases need no sleep. */
@Injectable()
export class Clock {
  /** milliseconds since the epoch */
  now(): number {
    return Date.now();
  }

  /** The present, or `afterMs` from it, as the database stores moments: ISO 8601 UTC with milliseconds, which sorts as text. */
  instant(afterMs = 0): string {
    return new Date(this.now() + afterMs).toISOString();
  }
}
