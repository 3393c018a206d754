import {
  DataSource,
  type EntityManager,
  QueryRunnerAlreadyReleasedError,
  QueryRunnerProviderAlreadyReleasedError,
} from 'typeorm';
import { RanksweepError } from '../core/errors.js';
import { connectPortably, numbersAsNumbers } from './postgres-driver.js';
import { connectionEnded, postgresProblem } from './postgres-errors.js';
import { migrate, type Schema, schemaOptions } from './schema.js';
import { Store } from './store.js';
import type { Durability } from './write-ahead-log.js';

/** The oldest version that is tested. */
const OLDEST = 140_000;
const CONNECT_MS = 10_000;
/** One write at a time, and one connection for the lock around migrations. */
const WRITERS = 2;
const READERS = 8;
/** Any number, the same in every server: advisory locks are known by numbers, in each database apart. */
const WRITE_LOCK = 7300_01;
const MIGRATION_LOCK = 7300_02;

/**
 * Per connection. An acknowledged write is on disk (full); a server that hangs within a transaction loses it after a minute, for all
 * others wait.
 */
function writerSettings(durability: Durability): string[] {
  const isFull = durability === 'full';
  return [`synchronous_commit=${isFull ? 'on' : 'off'}`, 'idle_in_transaction_session_timeout=60s'];
}

const READER_SETTINGS = ['default_transaction_read_only=on'];
const SETTINGS = ['tcp_keepalives_idle=30', 'tcp_keepalives_interval=10', 'tcp_keepalives_count=3'];

/**
 * Connects to a Postgres database, brings its tables up to date and returns the store. Several servers may use it at once.
 * @param url postgres://user:password@host:port/database, with the parameters of node-postgres (sslmode, host of a socket)
 * @throws RanksweepError in words that say what to do; never with the password
 */
export async function openPostgresStore(url: string, schema: Schema, durability: Durability): Promise<Store> {
  let writer: DataSource | undefined;
  try {
    writer = await openPostgresWriter(url, schema, durability);
    const reader = await openPostgresReader(url, schema);
    const open = writer;
    return new Store(
      open,
      reader,
      () => {},
      (work) => postgresTransaction(open, work),
    );
  } catch (error) {
    await writer?.destroy();
    throw error;
  }
}

/** Connects for reading, and changes nothing. */
export function openPostgresReader(url: string, schema: Schema): Promise<DataSource> {
  return connect(url, schema, READERS, READER_SETTINGS);
}

/** Connects for writing and runs the migrations that the database lacks; servers that start together wait for each other. */
export async function openPostgresWriter(
  url: string,
  schema: Schema,
  durability: Durability = 'full',
): Promise<DataSource> {
  const writer = await connect(url, schema, WRITERS, writerSettings(durability));
  try {
    await checkServer(writer);
    await underLock(writer, MIGRATION_LOCK, () => migrate(writer, schema));
    return writer;
  } catch (error) {
    await writer.destroy();
    throw explain(error, url);
  }
}

/**
 * One transaction, after those of all servers on this database that asked before: what it reads stays true until it commits, as on
 * SQLite. docs/decisions/0030.
 */
export function postgresTransaction<Result>(
  writer: DataSource,
  work: (tx: EntityManager) => Promise<Result>,
): Promise<Result> {
  const locked = async (tx: EntityManager) => {
    await tx.query(`SELECT pg_advisory_xact_lock(${WRITE_LOCK})`);
    return work(tx);
  };
  return writer.transaction('READ COMMITTED', locked).catch((error: Error) => {
    // a connection that ends between two statements of a transaction is released by TypeORM itself
    throw error instanceof QueryRunnerAlreadyReleasedError ||
      error instanceof QueryRunnerProviderAlreadyReleasedError
      ? connectionEnded()
      : error;
  });
}

/** The address without its password, for people to read. */
export function withoutPassword(url: string): string {
  return url.replace(/^(\w+:\/\/[^:@/]*):.*@/, '$1:…@').replace(/([?&]password=)[^&]*/, '$1…');
}

async function connect(
  url: string,
  schema: Schema,
  poolSize: number,
  settings: string[],
): Promise<DataSource> {
  const options = [...SETTINGS, ...settings].map((setting) => `-c ${setting}`).join(' ');
  const dataSource = new DataSource({
    type: 'postgres',
    url,
    ...schemaOptions(schema),
    poolSize,
    applicationName: 'ranksweep',
    connectTimeoutMS: CONNECT_MS,
    installExtensions: false,
    extra: { options, types: numbersAsNumbers },
    // a connection that ends while nobody uses it is replaced by the next query
    poolErrorHandler: () => {},
  });
  try {
    return await connectPortably(dataSource);
  } catch (error) {
    throw explain(error, url);
  }
}

async function checkServer(writer: DataSource): Promise<void> {
  const [{ version, encoding }] = await writer.query(
    "SELECT CAST(current_setting('server_version_num') AS integer) AS version, current_setting('server_encoding') AS encoding",
  );
  if (version < OLDEST) {
    throw new RanksweepError(
      'UNAVAILABLE',
      `Postgres is version ${Math.floor(version / 10_000)}, needed is 14 or newer`,
    );
  }
  if (encoding !== 'UTF8') {
    throw new RanksweepError('UNAVAILABLE', `the database has the encoding ${encoding}: make one with UTF8`);
  }
}

async function underLock(writer: DataSource, lock: number, work: () => Promise<void>): Promise<void> {
  const runner = writer.createQueryRunner();
  try {
    await runner.query(`SELECT pg_advisory_lock(${lock})`);
    await work();
  } finally {
    await runner.query(`SELECT pg_advisory_unlock(${lock})`).catch(() => {});
    await runner.release();
  }
}

function explain(error: unknown, url: string): unknown {
  if (error instanceof RanksweepError) return error;
  const problem = postgresProblem(error);
  if (problem === undefined) return error;
  return new RanksweepError(problem.code, `${withoutPassword(url)}: ${problem.message}`);
}
