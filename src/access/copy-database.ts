import { createHash, type Hash } from 'node:crypto';
import type { EntityManager, EntityMetadata } from 'typeorm';
import { RanksweepError } from '../core/errors.js';
import { dialectOf, runSql } from './dialect.js';
import { storable } from './postgres-driver.js';
import type { Store } from './store.js';

const ROWS = 500;
/** A row of points may have megabytes. */
const ROWS_WITH_BLOBS = 20;
type Row = Record<string, unknown>;

export interface CopiedTable {
  table: string;
  rows: number;
}

/**
 * Copies every row of one database into another, empty one, of the same or of the other kind: in one transaction, from one moment, with
 * the same IDs. What was written is read again and compared.
 * @throws RanksweepError CONFLICT if the other one is not empty; INTERNAL if something came out differently, and nothing is kept
 */
export function copyDatabase(from: Store, to: Store): Promise<CopiedTable[]> {
  return to.write(async (target) => {
    const tables = target.dataSource.entityMetadatas;
    for (const table of tables) await refuseRows(target, table);
    return atOneMoment(from.read, async (source) => {
      const copied: CopiedTable[] = [];
      for (const table of tables) copied.push(await copyTable(source, target, table));
      return copied;
    });
  });
}

async function refuseRows(target: EntityManager, { tableName }: EntityMetadata): Promise<void> {
  const rows = await target.query(`SELECT 1 FROM "${tableName}" LIMIT 1`);
  if (rows.length === 0) return;
  throw new RanksweepError(
    'CONFLICT',
    `the database to copy to has rows already (${tableName}): name an empty one`,
  );
}

function atOneMoment<Result>(
  manager: EntityManager,
  work: (tx: EntityManager) => Promise<Result>,
): Promise<Result> {
  const isPostgres = dialectOf(manager).name === 'postgres';
  return isPostgres ? manager.transaction('REPEATABLE READ', work) : manager.transaction(work);
}

async function copyTable(
  source: EntityManager,
  target: EntityManager,
  table: EntityMetadata,
): Promise<CopiedTable> {
  const [sent, kept] = [createHash('sha256'), createHash('sha256')];
  let rows = 0;
  for await (const page of pages(source, table)) {
    const converted = page.map((row) => convert(row, table, dialectOf(target).name));
    await insert(target, table, converted);
    note(sent, converted);
    rows += page.length;
  }
  for await (const page of pages(target, table)) note(kept, page);
  if (sent.digest('hex') === kept.digest('hex')) return { table: table.tableName, rows };
  throw new RanksweepError('INTERNAL', `${table.tableName} reads differently than it was written`);
}

/** All rows by their primary keys. */
async function* pages(manager: EntityManager, table: EntityMetadata): AsyncGenerator<Row[]> {
  const keys = table.primaryColumns.map(({ databaseName }) => databaseName);
  const [columns, key] = [list(table.columns.map(({ databaseName }) => databaseName)), list(keys)];
  const limit = table.columns.some(({ type }) => type === 'blob') ? ROWS_WITH_BLOBS : ROWS;
  for (let after: unknown[] | null = null; ; ) {
    const where = after === null ? '' : `WHERE (${key}) > (${keys.map(() => '?').join(', ')})`;
    const sql = `SELECT ${columns} FROM "${table.tableName}" ${where} ORDER BY ${key} LIMIT ${limit}`;
    const page: Row[] = await runSql(manager, sql, after ?? []);
    if (page.length > 0) yield page;
    if (page.length < limit) return;
    after = keys.map((name) => page.at(-1)![name]);
  }
}

/** SQLite has 1 and 0 for true and false, and text that Postgres refuses. */
function convert(row: Row, { columns }: EntityMetadata, to: 'sqlite' | 'postgres'): Row {
  const converted = columns.map(({ databaseName: name, type }) => {
    const value = row[name];
    if (type === 'boolean' && value !== null)
      return [name, to === 'postgres' ? Boolean(value) : Number(value)];
    if (to === 'postgres' && typeof value === 'string')
      return [name, storable(value, type === 'simple-json')];
    return [name, value];
  });
  return Object.fromEntries(converted);
}

async function insert(target: EntityManager, table: EntityMetadata, rows: Row[]): Promise<void> {
  const names = table.columns.map(({ databaseName }) => databaseName);
  const places = rows.map(() => `(${names.map(() => '?').join(', ')})`).join(', ');
  const values = rows.flatMap((row) => names.map((name) => row[name]));
  await runSql(target, `INSERT INTO "${table.tableName}" (${list(names)}) VALUES ${places}`, values);
}

/** The same for the same row, whichever database it is from. */
function note(hash: Hash, rows: Row[]): void {
  for (const row of rows) {
    const values = Object.entries(row).map(([name, value]) => [name, comparable(value)]);
    hash.update(JSON.stringify(values));
  }
}

function comparable(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return typeof value === 'number' || typeof value === 'boolean' ? String(Number(value)) : value;
}

function list(names: string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}
