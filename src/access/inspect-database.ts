import type { DataSource } from 'typeorm';
import { dialectOf } from './dialect.js';

/** What a database is and how it is, read without changing anything. */
export interface DatabaseReport {
  /** e.g. Postgres 15.18 */
  name: string;
  /** migrations that the next server runs */
  pending: string[];
  /** what does not fit, in words; none: all is well */
  problems: string[];
  /** table → rows */
  rows: Record<string, number>;
}

export async function inspectDatabase(reader: DataSource): Promise<DatabaseReport> {
  const { done, tables } = await whatIsThere(reader);
  const known = reader.migrations.map((migration) => migration.name ?? migration.constructor.name);
  const newer = done.filter((name) => !known.includes(name));
  const isPostgres = dialectOf(reader).name === 'postgres';
  return {
    name: await (isPostgres ? postgresName(reader) : sqliteName(reader)),
    pending: known.filter((name) => !done.includes(name)),
    problems: [
      ...newer.map((name) => `a newer version of Ranksweep wrote it (${name})`),
      ...(await (isPostgres ? postgresProblems(reader) : sqliteProblems(reader))),
    ],
    rows: await countRows(reader, tables),
  };
}

async function whatIsThere(reader: DataSource): Promise<{ done: string[]; tables: string[] }> {
  const runner = reader.createQueryRunner();
  const tables: string[] = [];
  for (const { tableName } of reader.entityMetadatas) {
    if (await runner.hasTable(tableName)) tables.push(tableName);
  }
  const hasMigrations = await runner.hasTable('migrations');
  await runner.release();
  const done: { name: string }[] = hasMigrations
    ? await reader.query('SELECT name FROM migrations ORDER BY id')
    : [];
  return { done: done.map(({ name }) => name), tables };
}

async function countRows(reader: DataSource, tables: string[]): Promise<Record<string, number>> {
  const counts: [string, number][] = [];
  for (const table of tables) {
    const [{ n }] = await reader.query(`SELECT COUNT(*) AS n FROM "${table}"`);
    counts.push([table, n]);
  }
  return Object.fromEntries(counts);
}

async function sqliteName(reader: DataSource): Promise<string> {
  const [{ version }] = await reader.query('SELECT sqlite_version() AS version');
  return `SQLite ${version}`;
}

/** Reads every page. */
async function sqliteProblems(reader: DataSource): Promise<string[]> {
  const rows: Record<string, string>[] = await reader.query('PRAGMA integrity_check(10)');
  return rows.flatMap((row) => Object.values(row)).filter((message) => message !== 'ok');
}

async function postgresName(reader: DataSource): Promise<string> {
  const [{ server_version: version }] = await reader.query('SHOW server_version');
  return `Postgres ${String(version).split(' ')[0]}`;
}

async function postgresProblems(reader: DataSource): Promise<string[]> {
  const settings: { name: string }[] = await reader.query(
    "SELECT name FROM pg_settings WHERE name IN ('fsync', 'full_page_writes') AND setting = 'off'",
  );
  const columns: { name: string }[] = await reader.query(
    `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
     WHERE table_schema = current_schema() AND table_name IN (SELECT tablename FROM pg_tables WHERE tableowner = current_user)
       AND data_type IN ('text', 'character varying') AND collation_name IS DISTINCT FROM 'C' AND table_name <> 'migrations'`,
  );
  return [
    ...settings.map(({ name }) => `${name} is off: a power failure may lose or damage everything`),
    ...columns.map(({ name }) => `${name} does not sort by code point: it was changed from outside`),
  ];
}
