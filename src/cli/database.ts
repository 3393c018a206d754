import { resolve } from 'node:path';
import type { Command } from 'commander';
import { RanksweepError } from '../core/errors.js';
import { printJson, runCommand, withJson } from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';
import { DATABASE_OPTION, DEFAULT_DATA_FOLDER, databaseUrlOf } from './serve.js';

interface DatabaseOptions {
  data: string;
  database?: string;
  json?: boolean;
}

interface CopyOptions {
  from: string;
  to: string;
  json?: boolean;
}

/** The server's own code is loaded only when a command runs: others start without it. */
export function addDatabase(program: Command): void {
  const database = program
    .command('database')
    .description('look at, migrate or move the database of a server');
  withDatabase(database.command('check'))
    .description('say what it is, what it holds and whether it is whole; exit code 1 if not. Changes nothing')
    .action((options: DatabaseOptions) => runCommand(options, () => check(options)));
  withDatabase(database.command('migrate'))
    .description('make it, or bring its tables up to date, as every start of a server does')
    .action((options: DatabaseOptions) => runCommand(options, () => migrate(options)));
  withJson(database.command('copy'))
    .description(
      'copy all of it into an empty one, e.g. from SQLite to Postgres. No server may be at work on either',
    )
    .requiredOption('--from <database>', 'a data folder (SQLite), or postgres://…')
    .requiredOption('--to <database>', 'a data folder (SQLite), or postgres://…')
    .action((options: CopyOptions) => runCommand(options, () => copy(options)));
}

function withDatabase(command: Command): Command {
  return withJson(command)
    .option('--data <dir>', 'folder of the database', DEFAULT_DATA_FOLDER)
    .option(...DATABASE_OPTION);
}

async function check(options: DatabaseOptions): Promise<ExitCode> {
  const report = await reportOf(options.data, databaseUrlOf(options.database));
  if (options.json) printJson(report);
  else {
    const { address, name, pending, problems, rows } = report;
    const lines = [
      `${name} at ${address}`,
      ...Object.entries(rows).map(([table, count]) => `  ${table.padEnd(20)}${count} rows`),
      pending.length === 0 ? '✓ up to date' : `· to be migrated: ${pending.join(', ')}`,
      ...(problems.length === 0 ? ['✓ whole'] : problems.map((problem) => `✗ ${problem}`)),
    ];
    process.stdout.write(`${lines.join('\n')}\n`);
  }
  return report.problems.length === 0 ? EXIT.ok : EXIT.failed;
}

/** What `database check` and `doctor` say of a database. @throws RanksweepError if it cannot be opened */
export async function reportOf(data: string, databaseUrl: string | undefined) {
  await import('reflect-metadata');
  const { openReader } = await import('../data-source.js');
  const { inspectDatabase } = await import('../access/inspect-database.js');
  const { withoutPassword } = await import('../access/postgres.js');
  const reader = await openReader(resolve(data), databaseUrl);
  try {
    const address = databaseUrl === undefined ? resolve(data) : withoutPassword(databaseUrl);
    return { address, ...(await inspectDatabase(reader)) };
  } finally {
    await reader.destroy();
  }
}

async function migrate(options: DatabaseOptions): Promise<ExitCode> {
  const store = await openStoreAt(databaseUrlOf(options.database) ?? options.data);
  await store.close();
  return check(options);
}

async function copy({ from, to, json }: CopyOptions): Promise<ExitCode> {
  await import('reflect-metadata');
  const { openReader, isPostgres } = await import('../data-source.js');
  const { copyDatabase } = await import('../access/copy-database.js');
  if (from === to) throw new RanksweepError('INVALID_INPUT', '--from and --to name the same database');
  // a folder without a database is a mistake, not an empty database
  await (await openReader(resolve(from), isPostgres(from) ? from : undefined)).destroy();
  const source = await openStoreAt(from);
  const target = await openStoreAt(to).catch(async (error) => {
    await source.close();
    throw error;
  });
  try {
    const tables = await copyDatabase(source, target);
    const rows = tables.reduce((sum, table) => sum + table.rows, 0);
    if (json) printJson({ tables, rows });
    else {
      process.stdout.write(`${rows} rows in ${tables.length} tables, read again and found the same\n`);
      process.stdout.write('Artifacts stay in the data folder: give it to `serve` with --data.\n');
    }
    return EXIT.ok;
  } finally {
    await target.close();
    await source.close();
  }
}

async function openStoreAt(database: string) {
  await import('reflect-metadata');
  const { openStore, isPostgres } = await import('../data-source.js');
  return isPostgres(database) ? openStore('', database) : openStore(resolve(database));
}
