import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { type ApiClient, DEFAULT_URL } from '../api-client/api-client.js';
import {
  CreateSweepDocument,
  type CreateSweepMutation,
  WorkersDocument,
} from '../api-client/operations.generated.js';
import { RanksweepError } from '../core/errors.js';
import { withSuite } from '../core/suite.js';
import { parseSweep, type SweepConfig } from '../core/sweep-config.js';
import { whyUnreadable } from '../core/unreadable.js';
import {
  clientOf,
  interruption,
  printJson,
  runCommand,
  type ServerOptions,
  withServer,
} from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';
import { frontReport } from './terminal/front-report.js';
import { objectiveLines } from './terminal/objective-lines.js';
import { rankReport } from './terminal/rank-report.js';
import { NO_SCREEN, screenOn } from './terminal/screen.js';
import { type SweepProgress, trialTable } from './terminal/trial-table.js';
import { watchSweep } from './terminal/watch-sweep.js';
import { wrapped } from './terminal/wrapped.js';

interface SweepOptions extends ServerOptions {
  wait?: boolean;
  project?: string;
}

export function addSweep(program: Command): void {
  withServer(program.command('sweep'))
    .description('submit a sweep: workers take its trials')
    .argument('<file>', 'a sweep in YAML, e.g. sweeps/quickstart.yaml')
    .option('--project <name>', "instead of the file's project")
    .option('--wait', 'show progress until it has ended, then its table; exit code 1 if no trial finished')
    .action((file: string, options: SweepOptions) => runCommand(options, () => submit(file, options), file));
}

async function submit(file: string, options: SweepOptions): Promise<ExitCode> {
  const client = clientOf(options);
  const sweep = await createSweep(client, file, options.project, (warning) =>
    process.stderr.write(`${warning}\n`),
  );
  const address = `${client.url}/sweeps/${sweep.id}`;
  if (!options.wait) {
    if (options.json) printJson({ ...sweep, url: address });
    else process.stdout.write(`sweep ${sweep.id} (${sweep.name}): ${address}\n${aimLines(sweep)}`);
    return EXIT.ok;
  }
  return wait(client, sweep.id, address, options.json ?? false);
}

/** Several objectives are said, and where their front's volume will be measured from. */
function aimLines({ config }: CreatedSweep): string {
  return objectiveLines(config as SweepConfig)
    .map((line) => `${line}\n`)
    .join('');
}

export type CreatedSweep = CreateSweepMutation['createSweep'];

/** Reads a sweep file, checks it here (so that errors name file, line and column) and submits it. */
export async function createSweep(
  client: ApiClient,
  file: string,
  project: string | undefined,
  onWarning: (sentence: string) => void,
): Promise<CreatedSweep> {
  const yaml = await readWithSuite(file);
  for (const warning of parseSweep(yaml, file).warnings) onWarning(`${file}: ${warning}`);
  return (await client.request(CreateSweepDocument, { input: { yaml, source: file, project } })).createSweep;
}

/** A run config or sweep; a suite that it names by its path is put in its place. */
export async function readWithSuite(file: string): Promise<string> {
  return withSuite(await readText(file), readText);
}

export async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new RanksweepError('INVALID_INPUT', `The file ${file} cannot be read: ${whyUnreadable(error)}.`);
  }
}

async function wait(client: ApiClient, id: string, address: string, asJson: boolean): Promise<ExitCode> {
  const signal = interruption();
  const screen = asJson ? NO_SCREEN : screenOn(process.stderr);
  screen.print(`sweep ${id}: ${address}`);
  if (await lacksWorkers(client))
    screen.print('No worker is there yet: start one with `npx ranksweep worker`.');
  const sweep = await watchSweep(client, id, screen, signal);
  if (asJson) printJson(sweep);
  else process.stdout.write(`${sweepReport(sweep, client.url)}\n`);
  if (signal.aborted) screen.print(`The sweep goes on without this terminal: ${address}`);
  return sweep.trials.some((trial) => trial.state === 'finished') ? EXIT.ok : EXIT.failed;
}

async function lacksWorkers(client: ApiClient): Promise<boolean> {
  const { workers } = await client.request(WorkersDocument, {});
  return !workers.some((worker) => worker.state !== 'gone');
}

/** The table, and what to do with it at the server's address. */
export function sweepReport(sweep: SweepProgress, url: string): string {
  const { recommendation, paretoFront } = sweep;
  const table = [trialTable(sweep), ...rankReport(sweep)].join('\n\n');
  if (paretoFront)
    return [table, `\n${frontReport(sweep, paretoFront)}`, ...takeAlong(sweep, url)].join('\n');
  if (!recommendation) return `${table}\n\nNo trial can be recommended.`;
  const { runId, trialId, why } = recommendation;
  const option = optionFor(url);
  return [
    table,
    `\nRecommended: trial ${numberOf(sweep, trialId)}, run ${runId}`,
    `${wrapped(why, '  ')}\n`,
    `Reproduce it:   npx ranksweep reproduce ${runId}${option}`,
    `Take it along:  npx ranksweep export ${runId}${option}`,
  ].join('\n');
}

/** What can be done with the trials of a front. */
function takeAlong({ paretoFront, trials }: SweepProgress, url: string): string[] {
  const first = trials.find(({ number }) => number === paretoFront?.trials[0]?.number);
  if (!first?.run) return [];
  const { id } = first.run;
  return [
    `\nReproduce one:   npx ranksweep reproduce ${id}${optionFor(url)}`,
    `Take one along:  npx ranksweep export ${id}${optionFor(url)}`,
  ];
}

function optionFor(url: string): string {
  return url === DEFAULT_URL ? '' : ` --url ${url}`;
}

function numberOf(sweep: SweepProgress, trialId: string): number | string {
  return sweep.trials.find((trial) => trial.id === trialId)?.number ?? trialId;
}
