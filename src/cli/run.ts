import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { parse } from 'yaml';
import type { ApiClient } from '../api-client/api-client.js';
import {
  OpenRunDocument,
  RecordedStepsDocument,
  ResumeRunDocument,
} from '../api-client/operations.generated.js';
import { RanksweepError } from '../core/errors.js';
import type { RunConfig } from '../core/run-config.js';
import { resolveTrialConfig } from '../core/sweep-config-trial.js';
import { parseRunConfig } from '../core/yaml-run-config.js';
import { registerWorker } from '../worker/claim-loop.js';
import { type Execution, executeRun, type RunOutcome } from '../worker/execute-run.js';
import { leaseOf, type RunLease } from '../worker/run-lease.js';
import { stateFileOf } from '../worker/state-file.js';
import {
  clientOf,
  interruption,
  printJson,
  runCommand,
  type ServerOptions,
  withIgnoreMemory,
  withServer,
} from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';
import { fetchRun, runReport } from './run-report.js';
import { readWithSuite } from './sweep.js';
import { progressLine } from './terminal/progress-bar.js';
import { NO_SCREEN, type Screen, screenOn } from './terminal/screen.js';

interface RunOptions extends ServerOptions {
  set: string[];
  name?: string;
  project?: string;
  resume?: string;
}

export const WORK_FOLDER = resolve('.ranksweep', 'work');

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
    .action((file: string | undefined, options: RunOptions) =>
      runCommand(options, () => (file === undefined ? resume(options) : run(file, options)), file),
    );
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

/** `lora.rank=4`: the value is read as YAML. */
export function withSettings(config: RunConfig, settings: string[]): RunConfig {
  const parameters = settings.map((setting) => {
    const at = setting.indexOf('=');
    if (at > 0) return [setting.slice(0, at), parse(setting.slice(at + 1))];
    const problem = { field: '--set', message: `found "${setting}", expected key=value` };
    throw new RanksweepError('INVALID_INPUT', 'A setting cannot be read.', [problem]);
  });
  return resolveTrialConfig({ run: config }, Object.fromEntries(parameters));
}

/** Opens a run on the server; this process is its worker. */
export async function openRun(
  client: ApiClient,
  run: { config: unknown; seed: number | null; name?: string; project?: string; reproduces?: string },
): Promise<RunLease> {
  const workerId = await registerWorker(client);
  const { openRun } = await client.request(OpenRunDocument, { input: { workerId, ...run } });
  const lease = leaseOf(openRun);
  if (lease === null) throw new RanksweepError('INTERNAL', 'The server opened the run without a lease.');
  return lease;
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

/** Executes a run in front of a person: a bar for the trainer, the output of a command. */
export function executeHere(
  execution: Omit<Execution, 'workFolder' | 'onProgress' | 'onLine'>,
  screen: Screen,
): Promise<RunOutcome> {
  return executeRun({
    ...execution,
    workFolder: WORK_FOLDER,
    onLine: (line) => screen.print(line),
    onProgress: (progress) =>
      screen.show([progressLine({ label: '', detail: '', ...progress }, screen.columns)]),
  }).finally(() => screen.end());
}

export async function reportOutcome(client: ApiClient, outcome: RunOutcome, asJson: boolean): Promise<void> {
  const run = await fetchRun(client, outcome.runId);
  if (asJson) printJson(run);
  else process.stdout.write(`${runReport(run)}\n`);
}

export function outcomeExit({ state }: RunOutcome): ExitCode {
  return state === 'finished' || state === 'stopped' ? EXIT.ok : EXIT.failed;
}
