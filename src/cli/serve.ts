import { resolve } from 'node:path';
import { type Command, Option } from 'commander';
import type { Durability } from '../access/write-ahead-log.js';
import { interruption, printJson, runCommand, wholeNumber, withJson } from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';

export const DEFAULT_PORT = 7300;
export const DEFAULT_DATA_FOLDER = '.ranksweep';

export const DATABASE_OPTION = [
  '--database <url>',
  'postgres://user:password@host:port/database instead of SQLite in the data folder [env RANKSWEEP_DATABASE_URL]',
] as const;

/** The option, else the environment, else SQLite. */
export function databaseUrlOf(option: string | undefined): string | undefined {
  return option ?? (process.env.RANKSWEEP_DATABASE_URL || undefined);
}

interface ServeOptions {
  port: number;
  data: string;
  database?: string;
  leaseMs: number;
  durability: Durability;
  host: string;
  requireToken?: boolean;
  json?: boolean;
}

export function addServe(program: Command): void {
  withJson(program.command('serve'))
    .description('start the server: GraphQL at /graphql, the dashboard at /')
    .option('--port <port>', '0 takes a free one', wholeNumber(0, 65535), DEFAULT_PORT)
    .option(
      '--host <address>',
      'where it listens; anywhere but on this machine it asks for tokens',
      '127.0.0.1',
    )
    .option('--require-token', 'ask for tokens on this machine, too')
    .option('--data <dir>', 'folder of the database and the artifacts', DEFAULT_DATA_FOLDER)
    .option(...DATABASE_OPTION)
    .option(
      '--lease-ms <ms>',
      'a worker that is silent for this long has lost its run',
      wholeNumber(100, 86_400_000),
      30_000,
    )
    .addOption(
      new Option(
        '--durability <level>',
        'what an acknowledged write survives: a power failure, or only a crash',
      )
        .choices(['full', 'normal'])
        .default('full'),
    )
    .action((options: ServeOptions) => runCommand(options, () => serve(options)));
}

async function serve(options: ServeOptions): Promise<ExitCode> {
  const { port, data, json, leaseMs, database, durability, host, requireToken = false } = options;
  // graphql-js checks every type of every field for a second copy of itself unless it is told; this process starts no others
  process.env.NODE_ENV ??= 'production';
  const server = await startServerOn(port, data, leaseMs, database, durability, { host, requireToken });
  if (json) printJson({ url: server.url, data: resolve(data) });
  else process.stdout.write(`Ranksweep serves ${resolve(data)} on ${server.url}\n`);
  await aborted(interruption());
  await server.close();
  return EXIT.ok;
}

/**
 * Starts the server in this process. Nest and the database are loaded only now: other commands start without them.
 * @param database default: RANKSWEEP_DATABASE_URL, else SQLite in the data folder
 */
export async function startServerOn(
  port: number,
  data: string,
  leaseMs: number,
  database?: string,
  durability: Durability = 'full',
  reach: { host?: string; requireToken?: boolean } = {},
) {
  const { startServer } = await import('../main.js');
  const { readArtifactSettings } = await import('../access/artifact-settings.js');
  const dataFolder = resolve(data);
  const artifacts = readArtifactSettings(dataFolder, process.env);
  const databaseUrl = databaseUrlOf(database);
  const options = { port, dataFolder, leaseMs, durability, artifacts, ...reach };
  return startServer({ ...options, ...(databaseUrl && { databaseUrl }) });
}

export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
