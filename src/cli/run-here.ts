import { resolve } from 'node:path';
import { parse } from 'yaml';
import type { ApiClient } from '../api-client/api-client.js';
import { OpenRunDocument, type RunLinkInput } from '../api-client/operations.generated.js';
import { RanksweepError } from '../core/errors.js';
import type { RunConfig } from '../core/run-config.js';
import { resolveTrialConfig } from '../core/sweep-config-trial.js';
import { registerWorker } from '../worker/claim-loop.js';
import { type Execution, executeRun, type RunOutcome } from '../worker/execute-run.js';
import { leaseOf, type RunLease } from '../worker/run-lease.js';
import { printJson } from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';
import { fetchRun, runReport } from './run-report.js';
import { progressLine } from './terminal/progress-bar.js';
import type { Screen } from './terminal/screen.js';

export const WORK_FOLDER = resolve('.ranksweep', 'work');

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
  run: {
    config: unknown;
    seed: number | null;
    name?: string;
    project?: string;
    reproduces?: string;
    links?: RunLinkInput[];
  },
): Promise<RunLease> {
  const workerId = await registerWorker(client);
  const { openRun } = await client.request(OpenRunDocument, { input: { workerId, ...run } });
  const lease = leaseOf(openRun);
  if (lease === null) throw new RanksweepError('INTERNAL', 'The server opened the run without a lease.');
  return lease;
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
