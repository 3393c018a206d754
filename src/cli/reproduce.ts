import type { Command } from 'commander';
import type { ApiClient } from '../api-client/api-client.js';
import { JudgeReproductionDocument, type VerdictFieldsFragment } from '../api-client/operations.generated.js';
import { RanksweepError } from '../core/errors.js';
import type { RunOutcome } from '../worker/execute-run.js';
import type { Provenance } from '../worker/provenance.js';
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
import { type Difference, differencesBetween, differenceText } from './reproduction/differences.js';
import { locateInputs } from './reproduction/locate-inputs.js';
import { verdictText } from './reproduction/verdict-text.js';
import { executeHere, openRun } from './run.js';
import { fetchRun, type RunRecord } from './run-report.js';
import { NO_SCREEN, type Screen, screenOn } from './terminal/screen.js';

export function addReproduce(program: Command): void {
  withIgnoreMemory(withServer(program.command('reproduce')))
    .description(
      'run a past run again, from its config, seed, data and model, and compare: exit code 1 if it differs',
    )
    .argument('<run>', 'ID of the run, or the beginning of it')
    .action((id: string, options: ServerOptions) => runCommand(options, () => reproduce(id, options)));
}

async function reproduce(id: string, options: ServerOptions): Promise<ExitCode> {
  const client = clientOf(options);
  const original = await fetchRun(client, id);
  refuseUnended(original);
  const screen = options.json ? NO_SCREEN : screenOn(process.stderr);
  const { outcome, differences } = await runAgain(client, original, screen);
  if (outcome.state === 'failed' || outcome.state === 'cancelled' || outcome.leaseLost)
    throw unfinished(outcome);
  const input = { reproductionId: outcome.runId, differences };
  const { judgeReproduction } = await client.request(
    JudgeReproductionDocument,
    { input },
    { repeatable: true },
  );
  if (options.json) printJson(judgeReproduction);
  else process.stdout.write(`${verdictText(judgeReproduction)}\n`);
  return exitOf(judgeReproduction);
}

function refuseUnended({ id, state }: RunRecord): void {
  if (state !== 'running') return;
  throw new RanksweepError(
    'INVALID_INPUT',
    `The run ${id} has not ended yet: there is nothing to compare with.`,
  );
}

function unfinished({ runId, state, error }: RunOutcome): RanksweepError {
  return new RanksweepError(
    'CONFLICT',
    `The run was repeated as ${runId}, but ${state}: no verdict.\n${error ?? ''}`.trim(),
  );
}

async function runAgain(client: ApiClient, original: RunRecord, screen: Screen) {
  const { config, notes } = await locateInputs(client, original);
  const lease = await openRun(client, {
    config: original.config,
    seed: original.seed,
    name: `${original.name} again`,
    project: original.project.name,
    reproduces: original.id,
  });
  screen.print(`run ${lease.runId} repeats ${original.id}: ${client.url}/runs/${lease.runId}`);
  for (const note of notes) screen.print(`  ${note}`);
  const provenance = original.provenance as Partial<Provenance>;
  let differences: Difference[] = [];
  const onDescribed = (here: Provenance) => {
    differences = differencesBetween(provenance, here);
    announce(differences, screen);
  };
  const outcome = await executeHere(
    {
      client,
      lease: { ...lease, command: commandOf(provenance) },
      startedBy: 'reproduce',
      signal: interruption(),
      located: config,
      preferredBackend: provenance.backend?.name,
      onDescribed,
    },
    screen,
  );
  return { outcome, differences };
}

/** Null: the built-in trainer's. A command's run holds it as it was started. */
function commandOf({ executes, command }: Partial<Provenance>): string[] | null {
  if (executes !== 'command' || !command) return null;
  if (!command.some((argument) => argument.includes('[removed]'))) return command;
  throw new RanksweepError(
    'CONFLICT',
    'The run’s command had a secret among its arguments, which its record does not hold.',
  );
}

function announce(differences: Difference[], screen: Screen): void {
  if (differences.length === 0)
    screen.print('  code, dependencies, backend and machine are the same as then');
  for (const difference of differences) screen.print(`  ${differenceText(difference)}`);
}

function exitOf({ verdict }: VerdictFieldsFragment): ExitCode {
  return verdict === 'differs' ? EXIT.failed : EXIT.ok;
}
