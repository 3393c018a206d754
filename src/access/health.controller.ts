import { Controller, Get } from '@nestjs/common';
import { dialectOf } from './dialect.js';
import { ServerOptions } from './server-options.js';
import { Store } from './store.js';

/** Answers when the database is open and migrated: the port is not bound before. */
@Controller('healthz')
export class HealthController {
  constructor(
    private readonly store: Store,
    private readonly options: ServerOptions,
  ) {}

  @Get()
  async health() {
    await this.store.read.query('SELECT 1');
    const database = dialectOf(this.store.read).name;
    return { status: 'ok', version: this.options.version, leaseMs: this.options.leaseMs, database };
  }
}
