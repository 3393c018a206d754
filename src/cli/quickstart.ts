import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ApiClient, DEFAULT_URL } from '../api-client/api-client.js';
import { SweepsDocument } from '../api-client/operations.generated.js';
import { workLoop } from '../worker/claim-loop.js';
import { packageRoot, packageVersion } from '../worker/package-root.js';
import { interruption, printJson, runCommand, wholeNumber, withJson } from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';
import { freePortFrom } from './free-port.js';
import { aborted, DEFAULT_DATA_FOLDER, DEFAULT_PORT, startServerOn } from './serve.js';
import { createSweep, sweepReport } from './sweep.js';
import { NO_SCREEN, type Screen, screenOn } from './terminal/screen.js';
import type { SweepProgress } from './terminal/trial-table.js';
import { watchSweep } from './terminal/watch-sweep.js';

const SWEEP_FILE = 'sweeps/quickstart.yaml';
const SWEEP_NAME = 'quickstart';
const LEASE_MS = 30_000;

interface QuickstartOptions {
  port: number;
  data: string;
  exit?: boolean;
  again?: boolean;
  json?: boolean;
}

export function addQuickstart(program: Command): void {
  withJson(program.command('quickstart'))
    .description(
      `server, one worker and ${SWEEP_FILE} in one: ends with a table, a recommended adapter and the dashboard`,
    )
    .option('--port <port>', 'the next free one is taken if it is busy', wholeNumber(0, 65535), DEFAULT_PORT)
    .option('--data <dir>', 'folder of the database and the artifacts', DEFAULT_DATA_FOLDER)
    .option('--exit', 'end after the table instead of keeping the dashboard open')
    .option('--again', 'run the sweep anew even if it has been run before')
    .action((options: QuickstartOptions) => runCommand(options, () => quickstart(options)));
}

async function quickstart(options: QuickstartOptions): Promise<ExitCode> {
  process.chdir(packageRoot());
  const screen = options.json ? NO_SCREEN : screenOn(process.stdout);
  const signal = interruption(() => screen.print('Ending …'));
  const server = await startOnFreePort(options, screen);
  const ending = new AbortController();
  signal.addEventListener('abort', () => ending.abort());
  const client = new ApiClient(server.url);
  const work = workLoop({ client, signal: ending.signal, workFolder: resolve(options.data, 'work') });
  try {
    const sweep = await runSweep(client, options, screen, signal);
    if (signal.aborted) return EXIT.failed;
    report(sweep, server.url, options, screen);
    if (!options.exit) await aborted(signal);
    return sweep.recommendation ? EXIT.ok : EXIT.failed;
  } finally {
    ending.abort();
    await work;
    await server.close();
  }
}

async function startOnFreePort({ port, data }: QuickstartOptions, screen: Screen) {
  const free = await freePortFrom(port);
  if (free !== port) screen.print(`Port ${port} is taken, so this is on port ${free}.`);
  const server = await startServerOn(free, data, LEASE_MS);
  screen.print(`Ranksweep ${packageVersion()} on ${server.url}, data in ${resolve(data)}`);
  return server;
}

async function runSweep(
  client: ApiClient,
  options: QuickstartOptions,
  screen: Screen,
  signal: AbortSignal,
): Promise<SweepProgress> {
  const earlier = options.again ? null : await earlierSweep(client);
  const id =
    earlier ?? (await createSweep(client, SWEEP_FILE, undefined, (warning) => screen.print(warning))).id;
  if (earlier === null) screen.print(`${SWEEP_FILE}: submitted as ${id}`);
  else
    screen.print(`${SWEEP_FILE} was run before, as ${id}; \`npm run quickstart -- --again\` runs it anew.`);
  return watchSweep(client, id, screen, signal);
}

/** The latest quickstart sweep of this data folder: finished, or to be continued. */
async function earlierSweep(client: ApiClient): Promise<string | null> {
  const { sweeps } = await client.request(SweepsDocument, { states: ['finished', 'running'], first: 200 });
  return sweeps.items.find((sweep) => sweep.name === SWEEP_NAME)?.id ?? null;
}

function report(sweep: SweepProgress, url: string, options: QuickstartOptions, screen: Screen): void {
  if (options.json) {
    printJson({ sweep, url });
    return;
  }
  // with --exit a later server answers, on its usual port
  const address = options.exit ? DEFAULT_URL : url;
  screen.print(`\n${sweepReport(sweep, address)}\n`);
  screen.print(`Dashboard:      ${address}/sweeps/${sweep.id}`);
  if (options.exit) screen.print('All three need the server: start it with `npx ranksweep serve`.');
  else screen.print('Ctrl-C ends the server; everything is kept.');
}
