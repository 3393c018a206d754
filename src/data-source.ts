import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { DataSource, QueryFailedError } from 'typeorm';
import { CreateTables1764014400000 } from '../migrations/1764014400000-create-tables.js';
import { StopDecisions1764028800000 } from '../migrations/1764028800000-stop-decisions.js';
import { SweepControl1764028900000 } from '../migrations/1764028900000-sweep-control.js';
import { TrialReplicate1764029000000 } from '../migrations/1764029000000-trial-replicate.js';
import { RunAnnotations1764029300000 } from '../migrations/1764029300000-run-annotations.js';
import { Project } from './access/project.entity.js';
import { ProjectTag } from './access/project-tag.entity.js';
import { Store } from './access/store.js';
import { RunArtifact } from './artifacts/run-artifact.entity.js';
import { type ErrorCode, RanksweepError } from './core/errors.js';
import { Dataset } from './datasets/dataset.entity.js';
import { RunDataset } from './datasets/run-dataset.entity.js';
import { Evaluation } from './runs/evaluation.entity.js';
import { MetricChunk } from './runs/metric-chunk.entity.js';
import { MetricSeries } from './runs/metric-series.entity.js';
import { Reproduction } from './runs/reproduction.entity.js';
import { Run } from './runs/run.entity.js';
import { RunLog } from './runs/run-log.entity.js';
import { RunParam } from './runs/run-param.entity.js';
import { RunTag } from './runs/run-tag.entity.js';
import { Worker } from './runs/worker.entity.js';
import { StopDecision } from './sweeps/stop-decision.entity.js';
import { Sweep } from './sweeps/sweep.entity.js';
import { Trial } from './sweeps/trial.entity.js';

const ENTITIES = [
  Project,
  ProjectTag,
  Run,
  RunTag,
  RunParam,
  RunLog,
  MetricSeries,
  MetricChunk,
  Evaluation,
  Reproduction,
  Worker,
  Dataset,
  RunDataset,
  RunArtifact,
  Sweep,
  Trial,
  StopDecision,
];
const MIGRATIONS = [
  CreateTables1764014400000,
  StopDecisions1764028800000,
  SweepControl1764028900000,
  TrialReplicate1764029000000,
  RunAnnotations1764029300000,
];
const FULL = 2;

/**
 * Opens DATA/ranksweep.sqlite, brings its tables up to date and returns the store.
 * @throws RanksweepError CONFLICT if another server uses the folder, or a newer version wrote the database
 */
export async function openStore(dataFolder: string): Promise<Store> {
  const release = lockFolder(dataFolder);
  try {
    const writer = await openWriter(join(dataFolder, 'ranksweep.sqlite'));
    const reader = await dataSource(join(dataFolder, 'ranksweep.sqlite'), { queryOnly: true }).initialize();
    return new Store(writer, reader, release);
  } catch (error) {
    release();
    throw explainOpenError(error, dataFolder);
  }
}

/** Opens the database file for writing and runs the migrations that it lacks. */
export async function openWriter(file: string): Promise<DataSource> {
  const writer = await dataSource(file, { queryOnly: false }).initialize();
  chmodSync(file, 0o600);
  try {
    await refuseNewerDatabase(writer);
    await writer.runMigrations();
    return writer;
  } catch (error) {
    await writer.destroy();
    throw error;
  }
}

function dataSource(database: string, { queryOnly }: { queryOnly: boolean }): DataSource {
  return new DataSource({
    type: 'better-sqlite3',
    database,
    entities: ENTITIES,
    migrations: MIGRATIONS,
    synchronize: false,
    prepareDatabase: (connection: SqliteDatabase.Database) => setPragmas(connection, queryOnly),
  });
}

/**
 * better-sqlite3 opens an existing WAL file with synchronous=NORMAL, which may lose acknowledged commits when the power fails:
 * FULL is set, and read back, on every connection.
 */
function setPragmas(connection: SqliteDatabase.Database, queryOnly: boolean): void {
  connection.pragma('journal_mode = WAL');
  connection.pragma('synchronous = FULL');
  connection.pragma('busy_timeout = 5000');
  if (queryOnly) connection.pragma('query_only = ON');
  const synchronous = connection.pragma('synchronous', { simple: true });
  const mode = connection.pragma('journal_mode', { simple: true });
  if (synchronous === FULL && mode === 'wal') return;
  throw new RanksweepError(
    'UNAVAILABLE',
    `SQLite runs with synchronous=${synchronous}, journal_mode=${mode}: this file system cannot keep the database safe`,
  );
}

async function refuseNewerDatabase(writer: DataSource): Promise<void> {
  const [table] = await writer.query("SELECT name FROM sqlite_master WHERE name = 'migrations'");
  if (table === undefined) return;
  const done: { name: string }[] = await writer.query('SELECT name FROM migrations');
  const known = new Set(MIGRATIONS.map(({ name }) => name));
  const unknown = done.filter(({ name }) => !known.has(name));
  if (unknown.length === 0) return;
  throw new RanksweepError(
    'CONFLICT',
    `the database was written by a newer version of Ranksweep (${unknown[0]!.name}): update this one, or name another folder with --data`,
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
