import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import SqliteDatabase from 'better-sqlite3';
import { Clock } from '../../src/access/clock.js';
import { type RunningServer, type StartOptions, startServer } from '../../src/main.js';
import { administer, createTestDatabase, type TestDatabase } from './test-database.js';

/** Servers start slowly on a machine that does other things; nothing here measures time. */
jest.setTimeout(60_000);

/** Stands still until a test moves it. */
export class FakeClock extends Clock {
  private time = Date.UTC(2026, 10, 24, 20);

  override now(): number {
    return this.time;
  }

  advance(ms: number): void {
    this.time += ms;
  }
}

export interface GraphqlError {
  message: string;
  extensions: {
    code: string;
    problems: { field: string; message: string; line?: number; column?: number }[];
  };
}

/** A refused request, with the errors as they came. */
export class RequestError extends Error {
  constructor(readonly errors: GraphqlError[]) {
    super(errors.map(({ message }) => message).join('\n'));
  }

  get code(): string {
    return this.errors[0]!.extensions.code;
  }

  get problems() {
    return this.errors[0]!.extensions.problems;
  }
}

export const LEASE_MS = 30_000;

/** A real server on a free port, with a data folder (and a database, on Postgres) of its own, whose clock the test moves. */
export class TestServer {
  readonly clock = new FakeClock();

  private constructor(
    readonly dataFolder: string,
    private running: RunningServer,
    private readonly database: TestDatabase | null,
  ) {}

  /** With `databaseUrl` in the options, even undefined (SQLite), the server has that database. */
  static async start(options: Partial<StartOptions> = {}): Promise<TestServer> {
    const dataFolder = options.dataFolder ?? mkdtempSync(join(tmpdir(), 'ranksweep-server-'));
    const clock = new FakeClock();
    const database = 'databaseUrl' in options ? null : await createTestDatabase();
    const given = { ...(database && { databaseUrl: database.url }), ...options };
    const running = await startServer({ port: 0, dataFolder, leaseMs: LEASE_MS, clock, ...given });
    const server = new TestServer(dataFolder, running, database);
    Object.assign(server, { clock });
    return server;
  }

  get url(): string {
    return this.running.url;
  }

  /** @throws RequestError */
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
  async query(query: string, variables: Record<string, unknown> = {}): Promise<any> {
    const response = await fetch(`${this.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors } = (await response.json()) as { data: unknown; errors?: GraphqlError[] };
    if (errors) throw new RequestError(errors);
    return data;
  }

  /** The same folder, a new process's worth of server. */
  async restart(): Promise<void> {
    await this.running.close();
    this.running = await startServer({
      port: 0,
      dataFolder: this.dataFolder,
      leaseMs: LEASE_MS,
      clock: this.clock,
      ...(this.database && { databaseUrl: this.database.url }),
    });
  }

  /** A statement behind the server's back. */
  async sql(statement: string): Promise<void> {
    if (this.database !== null) return administer(this.database.url, statement);
    const file = new SqliteDatabase(join(this.dataFolder, 'ranksweep.sqlite'));
    file.exec(statement);
    file.close();
  }

  /** Ends the server; what it stored stays. */
  stop(): Promise<void> {
    return this.running.close();
  }

  async close(): Promise<void> {
    await this.stop();
    await this.database?.drop();
    rmSync(this.dataFolder, { recursive: true, force: true });
  }
}

export function startTestServer(options: Partial<StartOptions> = {}): Promise<TestServer> {
  return TestServer.start(options);
}
