import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { DataSource, QueryFailedError } from 'typeorm';
import { type ErrorCode, RanksweepError } from '../core/errors.js';
import { migrate, type Schema, schemaOptions } from './schema.js';
import { Store } from './store.js';
import { type Durability, WriteAheadLog } from './write-ahead-log.js';

const FULL = 2;

/**
 * Opens DATA/ranksweep.sqlite, brings its tables up to date and returns the store.
 * @throws RanksweepError CONFLICT if another server uses the folder, or a newer version wrote the database
 */
export async function openSqliteStore(
  dataFolder: string,
  schema: Schema,
  durability: Durability,
): Promise<Store> {
  const release = lockFolder(dataFolder);
  const file = join(dataFolder, 'ranksweep.sqlite');
  try {
    const writer = await openSqliteWriter(file, schema);
    const reader = await openSqliteReader(file, schema);
    await leaveFlushing(writer);
    const log = new WriteAheadLog(file, durability);
    return new Store(writer, reader, release, (work) => writer.transaction(work), log);
  } catch (error) {
    release();
    throw explainOpenError(error, dataFolder);
  }
}

/** Opens the database file for reading, and changes nothing. */
export function openSqliteReader(file: string, schema: Schema): Promise<DataSource> {
  return dataSource(file, schema, { queryOnly: true }).initialize();
}

/** The store flushes the log itself, for many commits at once, and empties it: COMMIT need not wait for the disk. */
async function leaveFlushing(writer: DataSource): Promise<void> {
  await writer.query('PRAGMA synchronous = NORMAL');
  await writer.query('PRAGMA wal_autocheckpoint = 0');
}

/** Opens the database file for writing and runs the migrations that it lacks. */
export async function openSqliteWriter(file: string, schema: Schema): Promise<DataSource> {
  const writer = await dataSource(file, schema, { queryOnly: false }).initialize();
  chmodSync(file, 0o600);
  try {
    await migrate(writer, schema);
    return writer;
  } catch (error) {
    await writer.destroy();
    throw error;
  }
}

function dataSource(database: string, schema: Schema, { queryOnly }: { queryOnly: boolean }): DataSource {
  return new DataSource({
    type: 'better-sqlite3',
    database,
    ...schemaOptions(schema),
    prepareDatabase: (connection: SqliteDatabase.Database) => setPragmas(connection, queryOnly),
  });
}

/** SQLite's own cache is 2 MB: each of 100,000 runs' index entries would be read from the system again and again. */
const CACHE_KILOBYTES = 65_536;
/** Of the file, as addresses, not as memory: a question of 100,000 runs is answered two to four times faster. */
const MAPPED_BYTES = 2 ** 31;

/**
 * better-sqlite3 opens an existing WAL file with synchronous=NORMAL, which may lose acknowledged commits when the power fails:
 * FULL is set, and read back, on every connection.
 */
function setPragmas(connection: SqliteDatabase.Database, queryOnly: boolean): void {
  connection.pragma('journal_mode = WAL');
  connection.pragma('synchronous = FULL');
  connection.pragma('busy_timeout = 5000');
  connection.pragma(`cache_size = -${CACHE_KILOBYTES}`);
  if (queryOnly) {
    connection.pragma('query_only = ON');
    connection.pragma(`mmap_size = ${MAPPED_BYTES}`);
  }
  const synchronous = connection.pragma('synchronous', { simple: true });
  const mode = connection.pragma('journal_mode', { simple: true });
  if (synchronous === FULL && mode === 'wal') return;
  throw new RanksweepError(
    'UNAVAILABLE',
    `SQLite runs with synchronous=${synchronous}, journal_mode=${mode}: this file system cannot keep the database safe`,
  );
}

/** One server per folder: an exclusive lock that the operating system drops when the process ends, however it ends. */
function lockFolder(dataFolder: string): () => void {
  let lock: SqliteDatabase.Database | undefined;
  try {
    mkdirSync(dataFolder, { recursive: true, mode: 0o700 });
    lock = new SqliteDatabase(join(dataFolder, 'server.lock'), { timeout: 0 });
    lock.exec('BEGIN EXCLUSIVE');
    return () => lock?.close();
  } catch (error) {
    lock?.close();
    throw explainOpenError(error, dataFolder);
  }
}

const OPEN_ERRORS: [RegExp, ErrorCode, string][] = [
  [/SQLITE_BUSY/, 'CONFLICT', 'is used by another Ranksweep server: stop it, or name another folder'],
  [
    /SQLITE_(NOTADB|CORRUPT)/,
    'UNAVAILABLE',
    'holds a damaged database: restore a backup, or name another folder',
  ],
  [/SQLITE_FULL|ENOSPC/, 'UNAVAILABLE', 'is on a full disk: free some space, or name another folder'],
  [
    /EACCES|EPERM|EROFS|SQLITE_(READONLY|CANTOPEN)/,
    'UNAVAILABLE',
    'cannot be written by this user: name another',
  ],
  [/EEXIST|ENOTDIR/, 'INVALID_INPUT', 'is no folder: name another'],
];

/** One plain sentence for what a person can mend; anything else as it came. */
function explainOpenError(error: unknown, dataFolder: string): unknown {
  const cause = error instanceof QueryFailedError ? error.driverError : error;
  const code = String((cause as { code?: unknown }).code);
  const known = error instanceof RanksweepError ? undefined : OPEN_ERRORS.find(([codes]) => codes.test(code));
  return known === undefined ? error : new RanksweepError(known[1], `${dataFolder} ${known[2]} with --data`);
}
