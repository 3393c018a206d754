import type { Command } from 'commander';
import {
  clientOf,
  printJson,
  runCommand,
  type ServerOptions,
  withIgnoreMemory,
  withServer,
} from './command-line.js';
import type { ExitCode } from './failure.js';
import { executeAgain, refuseUnfinished } from './reproduction/execution.js';
import { exitOf, judge } from './reproduction/judging.js';
import { refuseUnended } from './reproduction/preflight.js';
import { prepareReproduction } from './reproduction/preparation.js';
import { verdictText } from './reproduction/verdict-text.js';
import { fetchRun } from './run-report.js';
import { NO_SCREEN, screenOn } from './terminal/screen.js';

export function addReproduce(program: Command): void {
  withIgnoreMemory(withServer(program.command('reproduce')))
    .description(
      'run a past run again, from its config, seed, data and model, and compare: exit code 1 if it differs',
    )
    .argument('<run>', 'ID of the run, or the beginning of it')
    .action((id: string, options: ServerOptions) => runCommand(options, () => reproduce(id, options)));
}

/** Preflight, preparation, execution, verdict: each is a file of reproduction/. */
async function reproduce(id: string, options: ServerOptions): Promise<ExitCode> {
  const client = clientOf(options);
  const original = await fetchRun(client, id);
  refuseUnended(original);
  const prepared = await prepareReproduction(client, original);
  const screen = options.json ? NO_SCREEN : screenOn(process.stderr);
  const repetition = await executeAgain(client, original, prepared, screen);
  refuseUnfinished(repetition.outcome);
  const verdict = await judge(client, repetition);
  if (options.json) printJson(verdict);
  else process.stdout.write(`${verdictText(verdict)}\n`);
  return exitOf(verdict);
}
