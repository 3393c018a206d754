import { createRequire } from 'node:module';
import { freemem } from 'node:os';
import type { Command } from 'commander';
import type { ApiClient } from '../api-client/api-client.js';
import { BACKENDS, type Backend } from '../core/run-config.js';
import { readHardware } from '../worker/hardware.js';
import { packageVersion } from '../worker/package-root.js';
import { probeBackend } from '../worker/probe-backend.js';
import { clientOf, printJson, runCommand, type ServerOptions, withServer } from './command-line.js';
import { reportOf } from './database.js';
import { EXIT, type ExitCode } from './failure.js';
import { databaseUrlOf } from './serve.js';

/** One thing that was looked at. `ok` null: good to know, neither good nor bad. */
interface Finding {
  name: string;
  ok: boolean | null;
  says: string;
}

const GIGABYTE = 1e9;
const NAME_WIDTH = 18;
const NAMED_BACKENDS = BACKENDS.filter((backend) => backend !== 'auto');

export function addDoctor(program: Command): void {
  withServer(program.command('doctor'))
    .description(
      'say what this machine can do and what is missing; exit code 1 if training or the database cannot work',
    )
    .action((options: ServerOptions) => runCommand(options, () => examine(options)));
}

async function examine(options: ServerOptions): Promise<ExitCode> {
  const findings = [
    { name: 'ranksweep', ok: null, says: packageVersion() },
    { name: 'node', ok: true, says: process.versions.node },
    ...(await machine()),
    await database(),
    ...(await backends()),
    { name: 'python', ok: null, says: 'not needed' },
    await server(clientOf(options)),
  ];
  if (options.json) printJson(findings);
  else process.stdout.write(`${findings.map(line).join('\n')}\n`);
  return findings.some(({ ok }) => ok === false) ? EXIT.failed : EXIT.ok;
}

function line({ name, ok, says }: Finding): string {
  return `${ok === null ? '·' : ok ? '✓' : '✗'} ${name.padEnd(NAME_WIDTH)}${says}`;
}

async function machine(): Promise<Finding[]> {
  const { cpu, cores, memoryBytes, gpus } = await readHardware();
  const memory = `${(memoryBytes / GIGABYTE).toFixed(1)} GB, ${(freemem() / GIGABYTE).toFixed(1)} GB free`;
  return [
    { name: 'processor', ok: null, says: `${cpu}, ${cores} cores` },
    { name: 'memory', ok: null, says: memory },
    {
      name: 'GPUs',
      ok: null,
      says: `${gpus.length === 0 ? 'none that nvidia-smi lists' : gpus.join('; ')}${visible()}`,
    },
  ];
}

function visible(): string {
  const set = process.env.CUDA_VISIBLE_DEVICES;
  return set === undefined ? '' : `; CUDA_VISIBLE_DEVICES=${set}`;
}

async function database(): Promise<Finding> {
  const url = databaseUrlOf(undefined);
  return url === undefined ? sqlite() : postgres(url);
}

/** RANKSWEEP_DATABASE_URL is set: servers that start here use it. */
async function postgres(url: string): Promise<Finding> {
  try {
    const { name, address, pending, problems } = await reportOf('', url);
    const tables = pending.length === 0 ? 'up to date' : 'the next server brings its tables up to date';
    const says = `${name} at ${address}: ${problems.length === 0 ? tables : problems.join('; ')}`;
    return { name: 'database', ok: problems.length === 0, says };
  } catch (error) {
    return { name: 'database', ok: false, says: (error as Error).message };
  }
}

function sqlite(): Finding {
  try {
    const Database = createRequire(import.meta.url)('better-sqlite3');
    const memory = new Database(':memory:');
    const { version } = memory.prepare('select sqlite_version() as version').get();
    memory.close();
    return { name: 'database', ok: true, says: `SQLite ${version}, embedded` };
  } catch (error) {
    const reason = (error as Error).message.split('\n')[0];
    return {
      name: 'database',
      ok: false,
      says: `SQLite does not load (${reason}): delete node_modules and run npm ci`,
    };
  }
}

async function backends(): Promise<Finding[]> {
  const automatic = await probeBackend('auto');
  const chosen =
    'choice' in automatic ? `${automatic.choice.backend}: ${automatic.choice.why}` : automatic.reason;
  const named = await Promise.all(NAMED_BACKENDS.map(backendFinding));
  return [{ name: 'training', ok: 'choice' in automatic, says: chosen }, ...named];
}

async function backendFinding(backend: Backend): Promise<Finding> {
  const probe = await probeBackend(backend);
  if (!('choice' in probe)) return { name: `  ${backend}`, ok: null, says: bareReason(probe.reason) };
  const { threads, versions, device } = probe.choice;
  const on = device === null ? [] : [`on ${device}`];
  const list = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return {
    name: `  ${backend}`,
    ok: true,
    says: `works: ${[...on, `threads ${threads}`, ...list].join(', ')}`,
  };
}

/** `not installed. …` of `The backend x does not work here (x: not installed). …` */
function bareReason(reason: string): string {
  return reason.replace(/^The backend \S+ does not work here \(\S+: (.*)\)\./, '$1.');
}

async function server(client: ApiClient): Promise<Finding> {
  try {
    const { version, database: kind } = await client.health();
    const on = kind === 'postgres' ? 'Postgres' : 'SQLite';
    return { name: 'server', ok: true, says: `answers at ${client.url}, version ${version}, on ${on}` };
  } catch (error) {
    return { name: 'server', ok: null, says: (error as Error).message };
  }
}
