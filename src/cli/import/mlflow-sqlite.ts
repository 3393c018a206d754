import Database from 'better-sqlite3';
import type { MetricColumns } from '../../api-client/points-block.js';
import { RanksweepError } from '../../core/errors.js';
import { type MlflowRun, storedMetric } from './mlflow-run.js';

type Rows = Database.Database;
type Row = Record<string, string | number | null>;

const NEEDED = ['experiments', 'runs', 'params', 'tags', 'metrics'];

/** The runs of MLflow's SQLite file; their points are read when asked for. */
export function readMlflowSqlite(path: string): { runs: MlflowRun[]; close: () => void } {
  const database = new Database(path, { readonly: true, fileMustExist: true });
  checkTables(database, path);
  const rows = database
    .prepare('SELECT runs.*, experiments.name AS experiment FROM runs JOIN experiments USING (experiment_id)')
    .all() as Row[];
  return { runs: rows.map((row) => runOf(database, row)), close: () => database.close() };
}

function runOf(database: Rows, row: Row): MlflowRun {
  const id = String(row.run_uuid);
  const of = (table: string) =>
    database.prepare(`SELECT key, value FROM ${table} WHERE run_uuid = ? ORDER BY key`).all(id) as {
      key: string;
      value: string;
    }[];
  return {
    ...{
      id,
      name: text(row.name),
      experiment: text(row.experiment),
      user: text(row.user_id),
      status: text(row.status),
    },
    ...{ startMs: Number(row.start_time ?? 0), endMs: row.end_time === null ? null : Number(row.end_time) },
    ...{
      isDeleted: row.lifecycle_stage === 'deleted',
      artifactUri: text(row.artifact_uri),
      params: of('params'),
    },
    tags: Object.fromEntries(of('tags').map(({ key, value }) => [key, value])),
    ...{ datasets: datasetsOf(database, id), series: () => seriesOf(database, id) },
  };
}

function* seriesOf(database: Rows, runId: string): Generator<MetricColumns> {
  const sql =
    'SELECT value, timestamp, step, is_nan FROM metrics WHERE run_uuid = ? AND key = ? ORDER BY step, timestamp';
  const keys = database
    .prepare('SELECT DISTINCT key FROM metrics WHERE run_uuid = ? ORDER BY key')
    .all(runId);
  for (const { key } of keys as { key: string }[]) {
    const rows = database.prepare(sql).all(runId, key) as Row[];
    yield {
      metric: key,
      steps: rows.map(({ step }) => Number(step)),
      values: rows.map(({ value, is_nan }) => storedMetric(Number(value), Boolean(is_nan))),
      times: rows.map(({ timestamp }) => Number(timestamp)),
    };
  }
}

/** Older files have no table of datasets. */
function datasetsOf(database: Rows, runId: string): Record<string, unknown>[] {
  if (!tablesOf(database).has('inputs')) return [];
  const sql = `SELECT d.name, d.digest, d.dataset_source_type AS sourceType, d.dataset_source AS source FROM inputs i
    JOIN datasets d ON d.dataset_uuid = i.source_id WHERE i.destination_id = ? AND i.source_type = 'DATASET'`;
  return database.prepare(sql).all(runId) as Record<string, unknown>[];
}

function checkTables(database: Rows, path: string): void {
  const tables = tablesOf(database);
  const missing = NEEDED.filter((name) => !tables.has(name));
  if (missing.length === 0) return;
  database.close();
  const message = `"${path}" is no database of MLflow's: it lacks the tables ${missing.join(', ')}`;
  throw new RanksweepError('INVALID_INPUT', message, [{ field: 'path', message }]);
}

function tablesOf(database: Rows): Set<string> {
  try {
    const rows = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
    return new Set((rows as { name: string }[]).map(({ name }) => name));
  } catch {
    return new Set(); // no SQLite file at all
  }
}

const text = (value: string | number | null | undefined) => (value == null ? '' : String(value));
