import { randomBytes } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { MetricChunk } from './metric-chunk.entity.js';
import type { MetricLog } from './metric-log.entity.js';
import type { MetricSeries } from './metric-series.entity.js';

/**
 * The SQL of the metric tables, the same on SQLite and Postgres. Whole statements with bound values, because an entity manager writes
 * numbers into its SQL, so that no statement is ever prepared twice.
 */
const SERIES_COLUMNS = [
  'runId',
  'name',
  'count',
  'last',
  'lastStep',
  'lastTime',
  'firstStep',
  'min',
  'max',
  'finiteMin',
  'finiteMax',
  'sum',
  'nanCount',
  'nextSeq',
  'tailSeq',
  'tailPoints',
  'openPoints',
] as const satisfies (keyof MetricSeries)[];

const HEADER_COLUMNS = [
  'runId',
  'name',
  'seq',
  'count',
  'firstStep',
  'firstTime',
  'first',
  'lastStep',
  'lastTime',
  'last',
  'min',
  'max',
  'sum',
  'nanCount',
] as const satisfies (keyof MetricChunk)[];
const POINT_COLUMNS = ['steps', 'values', 'times'] as const satisfies (keyof MetricChunk)[];
const BUCKETED_COLUMNS = [
  'runId',
  'name',
  'seq',
  'count',
  'firstStep',
  'firstTime',
  'first',
  'lastStep',
  'buckets',
] as const satisfies (keyof MetricChunk)[];
const CHUNK_COLUMNS = [...HEADER_COLUMNS, 'buckets', ...POINT_COLUMNS] as const;

/** Rows per statement: few different statements, so that each is prepared once. */
const BATCHES = [64, 8, 1];

/** Everything of a chunk but its points. */
export type ChunkHeader = Pick<MetricChunk, (typeof HEADER_COLUMNS)[number]>;

/** Rows are merged in the order of their IDs: the moment, then what tells servers and rows of one moment apart. */
const session = randomBytes(6).toString('hex');
let logged = 0;

function logId(): string {
  return `${Date.now().toString(36)}-${(logged++).toString(36).padStart(9, '0')}-${session}`;
}

export async function insertLog(tx: EntityManager, rows: Omit<MetricLog, 'id'>[]): Promise<void> {
  const withIds = rows.map((row) => ({ id: logId(), ...row }));
  await insert(tx, 'metric_log', ['id', 'runId', 'points', 'data'], withIds);
}

/** How many writes' points wait. */
export async function countLog(manager: EntityManager): Promise<number> {
  const [{ waiting }] = await manager.query('SELECT COUNT(*) AS waiting FROM metric_log');
  return Number(waiting);
}

/** Some rows of the log, at most `mostPoints` points but for a single row that has more. */
export async function firstOfLog(tx: EntityManager, mostPoints: number): Promise<MetricLog[]> {
  const heads: Pick<MetricLog, 'id' | 'points'>[] = await run(
    tx,
    'SELECT "id", "points" FROM metric_log ORDER BY "id" LIMIT 1000',
  );
  let points = 0;
  const fitting = heads.filter((head, i) => {
    points += head.points;
    return points <= mostPoints || i === 0;
  });
  const rows = await inBatches(fitting, (batch) =>
    run(
      tx,
      `SELECT "id", "runId", "points", "data" FROM metric_log WHERE "id" IN (${places(batch.length)})`,
      batch.map(({ id }) => id),
    ),
  );
  return rows.flat() as MetricLog[];
}

export async function deleteLog(tx: EntityManager, rows: MetricLog[]): Promise<void> {
  await inBatches(rows, (batch) =>
    run(
      tx,
      `DELETE FROM metric_log WHERE "id" IN (${places(batch.length)})`,
      batch.map(({ id }) => id),
    ),
  );
}

export async function seriesOf(tx: EntityManager, runId: string, names: string[]): Promise<MetricSeries[]> {
  const columns = list(SERIES_COLUMNS);
  const rows = await inBatches(names, (batch) =>
    run(
      tx,
      `SELECT ${columns} FROM metric_series WHERE "runId" = ? AND "name" IN (${places(batch.length)})`,
      [runId, ...batch],
    ),
  );
  return rows.flat().map(fromDatabase) as MetricSeries[];
}

export async function saveSeries(tx: EntityManager, series: MetricSeries[]): Promise<void> {
  const update = SERIES_COLUMNS.slice(2).map((name) => `"${name}" = excluded."${name}"`);
  const onConflict = `ON CONFLICT ("runId", "name") DO UPDATE SET ${update.join(', ')}`;
  await insert(tx, 'metric_series', SERIES_COLUMNS, series, onConflict);
}

export async function saveChunks(tx: EntityManager, chunks: MetricChunk[]): Promise<void> {
  const update = CHUNK_COLUMNS.slice(3).map((name) => `"${name}" = excluded."${name}"`);
  const onConflict = `ON CONFLICT ("runId", "name", "seq") DO UPDATE SET ${update.join(', ')}`;
  await insert(tx, 'metric_chunk', CHUNK_COLUMNS, chunks, onConflict);
}

/** The chunks of each named series from a number on, in the order of their numbers. */
export async function chunksFrom(
  tx: EntityManager,
  runId: string,
  wanted: { name: string; seq: number }[],
): Promise<MetricChunk[]> {
  const columns = CHUNK_COLUMNS.map((name) => `chunk."${name}"`).join(', ');
  const rows = await inBatches(wanted, (batch) => {
    const pairs = batch.map(() => '(CAST(? AS varchar), CAST(? AS integer))');
    return run(
      tx,
      `WITH wanted("name", "seq") AS (VALUES ${pairs.join(', ')})
       SELECT ${columns} FROM wanted CROSS JOIN metric_chunk chunk
       WHERE chunk."runId" = ? AND chunk."name" = wanted."name" AND chunk."seq" >= wanted."seq"
       ORDER BY chunk."name", chunk."seq"`,
      [...batch.flatMap(({ name, seq }) => [name, seq]), runId],
    );
  });
  return rows.flat().map(fromDatabase) as MetricChunk[];
}

export async function chunkAt(
  tx: EntityManager,
  { runId, name, seq }: Pick<MetricChunk, 'runId' | 'name' | 'seq'>,
): Promise<MetricChunk> {
  const where = '"runId" = ? AND "name" = ? AND "seq" = ?';
  const sql = `SELECT ${list(CHUNK_COLUMNS)} FROM metric_chunk WHERE ${where}`;
  const [row] = await run(tx, sql, [runId, name, seq]);
  return fromDatabase(row);
}

export async function deleteChunks(
  tx: EntityManager,
  chunks: Pick<MetricChunk, 'runId' | 'name' | 'seq'>[],
): Promise<void> {
  const sql = `DELETE FROM metric_chunk WHERE "runId" = ? AND "name" = ? AND "seq" = ?`;
  for (const { runId, name, seq } of chunks) await run(tx, sql, [runId, name, seq]);
}

/** The headers of a series' chunks, those that touch the range of steps if one is given. */
export function readHeaders(manager: EntityManager, runId: string, name: string, range?: StepRange) {
  return readChunks(manager, HEADER_COLUMNS, runId, name, range) as Promise<ChunkHeader[]>;
}

/** What a chart needs of a chunk that it sees from afar. */
export type BucketedChunk = Pick<MetricChunk, (typeof BUCKETED_COLUMNS)[number]>;

export function readBuckets(manager: EntityManager, runId: string, name: string, range?: StepRange) {
  return readChunks(manager, BUCKETED_COLUMNS, runId, name, range) as Promise<BucketedChunk[]>;
}

export function readPoints(manager: EntityManager, runId: string, name: string, range?: StepRange) {
  return readChunks(manager, CHUNK_COLUMNS, runId, name, range);
}

/** Both ends belong to it. */
export interface StepRange {
  from: number;
  to: number;
}

async function readChunks(
  manager: EntityManager,
  columns: readonly string[],
  runId: string,
  name: string,
  range?: StepRange,
): Promise<MetricChunk[]> {
  const inRange = range && ` AND "lastStep" >= ? AND "firstStep" <= ?`;
  const rows = await run(
    manager,
    `SELECT ${list(columns)} FROM metric_chunk WHERE "runId" = ? AND "name" = ?${inRange ?? ''}`,
    range ? [runId, name, range.from, range.to] : [runId, name],
  );
  return rows.map(fromDatabase);
}

async function insert<Row extends object>(
  tx: EntityManager,
  table: string,
  columns: readonly (keyof Row & string)[],
  rows: Row[],
  onConflict = '',
): Promise<void> {
  await inBatches(rows, (batch) => {
    const tuples = batch.map(() => `(${places(columns.length)})`);
    return run(
      tx,
      `INSERT INTO ${table} (${list(columns)}) VALUES ${tuples.join(', ')} ${onConflict}`,
      batch.flatMap((row) => columns.map((column) => toDatabase(row[column]))),
    );
  });
}

/** NaN is NULL in the database. */
function toDatabase(value: unknown): unknown {
  return Number.isNaN(value) ? null : value;
}

/** The columns where NULL means NaN, not that there is none. */
function fromDatabase<Row extends Partial<Record<'last' | 'first' | 'sum', number | null>>>(row: Row): Row {
  if (row.last === null) row.last = Number.NaN;
  if (row.first === null) row.first = Number.NaN;
  if (row.sum === null) row.sum = Number.NaN;
  return row;
}

async function inBatches<Row, Result>(
  rows: readonly Row[],
  work: (batch: Row[]) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let at = 0; at < rows.length; ) {
    const size = BATCHES.find((one) => one <= rows.length - at)!;
    results.push(await work(rows.slice(at, at + size)));
    at += size;
  }
  return results;
}

function list(columns: readonly string[]): string {
  return columns.map((name) => `"${name}"`).join(', ');
}

function places(count: number): string {
  return Array(count).fill('?').join(', ');
}

/** A statement whose `?` are bound in their order. */
function run(manager: EntityManager, sql: string, values: unknown[] = []) {
  if (manager.dataSource.options.type !== 'postgres') return manager.query(sql, values);
  let bound = 0;
  return manager.query(
    sql.replace(/\?/g, () => `$${++bound}`),
    values,
  );
}
