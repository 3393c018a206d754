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
import { exitOfVerdict, expectOption, type JudgingOptions } from './reproduction/expectation.js';
import { judge } from './reproduction/judging.js';
import { refuseUnended } from './reproduction/preflight.js';
import { type Preparation, prepareReproduction } from './reproduction/preparation.js';
import { verdictText } from './reproduction/verdict-text.js';
import { compareWeights } from './reproduction/weights.js';
import { fetchRun } from './run-report.js';
import { NO_SCREEN, screenOn } from './terminal/screen.js';

interface ReproduceOptions extends ServerOptions, JudgingOptions {
  backend?: string;
}

export function addReproduce(program: Command): void {
  withIgnoreMemory(withServer(program.command('reproduce')))
    .description('run a past run again, from its config, seed, data and model, and compare')
    .argument('<run>', 'ID of the run, or the beginning of it')
    .option('--backend <name>', 'where to run it (default: the backend that it had)')
    .addOption(expectOption())
    .option('--fail-fast', 'stop as soon as a curve leaves what --expect allows')
    .action((id: string, options: ReproduceOptions) => runCommand(options, () => reproduce(id, options)));
}

/** Preflight, preparation, execution, verdict: each is a file of reproduction/. */
async function reproduce(id: string, options: ReproduceOptions): Promise<ExitCode> {
  const client = clientOf(options);
  const original = await fetchRun(client, id);
  refuseUnended(original);
  const prepared = onBackend(await prepareReproduction(client, original), options.backend);
  const screen = options.json ? NO_SCREEN : screenOn(process.stderr);
  const repetition = await executeAgain(client, original, prepared, screen, options);
  refuseUnfinished(repetition);
  const weights = await compareWeights(client, original, repetition.outcome.runId);
  const verdict = await judge(client, repetition, weights);
  if (options.json) printJson(verdict);
  else process.stdout.write(`${verdictText(verdict)}\n`);
  return exitOfVerdict(verdict.verdict, options.expect);
}

/** @param backend taken instead of the one that it had; if it does not work here, the run is not begun */
function onBackend(prepared: Preparation, backend: string | undefined): Preparation {
  if (backend === undefined) return prepared;
  return { ...prepared, backend: null, located: { ...(prepared.located as object), backend } };
}
