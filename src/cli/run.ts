import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ApiClient } from '../api-client/api-client.js';
import { RecordedStepsDocument, ResumeRunDocument } from '../api-client/operations.generated.js';
import { RanksweepError } from '../core/errors.js';
import { parseRunConfig } from '../core/yaml-run-config.js';
import { registerWorker } from '../worker/claim-loop.js';
import { leaseOf, type RunLease } from '../worker/run-lease.js';
import { stateFileOf } from '../worker/state-file.js';
import {
  clientOf,
  interruption,
  runCommand,
  type ServerOptions,
  withIgnoreMemory,
  withServer,
} from './command-line.js';
import type { ExitCode } from './failure.js';
import { executeHere, openRun, outcomeExit, reportOutcome, WORK_FOLDER, withSettings } from './run-here.js';
import { fetchRun } from './run-report.js';
import { readWithSuite } from './sweep.js';
import { NO_SCREEN, screenOn } from './terminal/screen.js';
import { runVariant } from './variant.js';

interface RunOptions extends ServerOptions {
  set: string[];
  name?: string;
  project?: string;
  resume?: string;
  from?: string;
  data?: string;
  warmStart?: boolean;
}

export function addRun(program: Command): void {
  withIgnoreMemory(withServer(program.command('run')))
    .description('train one run here, outside of any sweep')
    .argument('[file]', 'a run config in YAML; left out to go on with a run')
    .option('--set <key=value>', 'change a field, e.g. lora.rank=4; may be given several times', collect, [])
    .option('--name <name>', 'how the run is called (default: its ID)')
    .option('--project <name>', 'where it is filed')
    .option(
      '--resume <run or path>',
      'go on with a run that was cancelled, lost or failed here; or, with a file, from the checkpoint that another run names',
    )
    .option(
      '--from <run>',
      'a variant of a past run: RUN, or RUN@STEP to go on from its state after that step; linked with it',
    )
    .option('--data <file>', 'with --from: other training data')
    .option('--warm-start', 'with --from: begin with the weights that it left')
    .action((file: string | undefined, options: RunOptions) =>
      runCommand(options, () => begin(file, options), file),
    );
}

async function begin(file: string | undefined, options: RunOptions): Promise<ExitCode> {
  const { from } = options;
  refuseMixed(file, options);
  if (from !== undefined) return runVariant(clientOf(options), { ...options, from });
  return file === undefined ? resume(options) : run(file, options);
}

function refuseMixed(file: string | undefined, { from, data, warmStart, resume }: RunOptions): void {
  const isMixed = from === undefined ? data !== undefined || warmStart : file !== undefined || resume;
  if (!isMixed) return;
  const message = '--data and --warm-start go with --from, and neither a file nor --resume does';
  throw new RanksweepError('INVALID_INPUT', message, [{ field: '--from', message }]);
}

export function collect(value: string, before: string[]): string[] {
  return [...before, value];
}

/** The same run goes on, on the machine where its checkpoint is. */
async function resume(options: RunOptions): Promise<ExitCode> {
  const client = clientOf(options);
  const lease = await resumeRun(client, options);
  return executeLease(client, lease, options, stateFileOf(WORK_FOLDER, lease));
}

async function run(file: string, options: RunOptions): Promise<ExitCode> {
  const config = withSettings(parseRunConfig(await readWithSuite(file), file), options.set);
  const client = clientOf(options);
  const { name, project } = options;
  const lease = await openRun(client, { config, seed: config.seed, name, project });
  return executeLease(client, lease, options, options.resume && resolve(options.resume));
}

async function executeLease(
  client: ApiClient,
  lease: RunLease,
  { json = false }: RunOptions,
  resumeFrom: string | undefined,
): Promise<ExitCode> {
  const screen = json ? NO_SCREEN : screenOn(process.stderr);
  screen.print(`run ${lease.runId}: ${client.url}/runs/${lease.runId}`);
  const execution = { client, lease, startedBy: 'run' as const, signal: interruption(), resumeFrom };
  const outcome = await executeHere(execution, screen);
  await reportOutcome(client, outcome, json);
  return outcomeExit(outcome);
}

/** @throws RanksweepError before the run is touched, if it left no checkpoint here */
async function resumeRun(client: ApiClient, options: RunOptions): Promise<RunLease> {
  const given = (['name', 'project'] as const).filter((name) => options[name] !== undefined);
  if (options.resume === undefined || options.set.length > 0 || given.length > 0) {
    const message = 'expected a file, or --resume with a run and nothing that would change it';
    throw new RanksweepError('INVALID_INPUT', message, [{ field: 'file', message }]);
  }
  const { id: runId, sweepId } = await fetchRun(client, options.resume);
  const stateFile = stateFileOf(WORK_FOLDER, { runId, sweepId, trialNumber: null });
  if (sweepId === null && !existsSync(stateFile)) {
    const message = `run ${runId} left no checkpoint in ${stateFile}: go on in the folder and on the machine where it ran`;
    throw new RanksweepError('NOT_FOUND', message, [{ field: '--resume', message }]);
  }
  const { run } = await client.request(RecordedStepsDocument, { id: runId });
  const recordedSteps = new Map(run!.metrics.map(({ name, lastStep }) => [name, lastStep]));
  const input = { runId, workerId: await registerWorker(client) };
  const lease = leaseOf((await client.request(ResumeRunDocument, { input })).resumeRun);
  if (lease === null) throw new RanksweepError('INTERNAL', 'The server resumed the run without a lease.');
  return { ...lease, recordedSteps };
}
