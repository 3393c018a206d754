import { ConsoleLogger } from '@nestjs/common';
import { RanksweepError } from '../core/errors.js';

/** Errors that a user can act on are answers, not events: they reach the client with their code and stay out of the log. */
export class QuietLogger extends ConsoleLogger {
  constructor() {
    super({ logLevels: ['error', 'warn', 'fatal'] });
  }

  override error(message: unknown, ...rest: [stack?: string, context?: string]): void {
    if (!(message instanceof RanksweepError)) super.error(message, ...rest);
  }
}
