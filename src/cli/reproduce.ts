import type { Command } from 'commander';
import type { ApiClient } from '../api-client/api-client.js';
import type { VerdictFieldsFragment } from '../api-client/operations.generated.js';
import {
  clientOf,
  printJson,
  runCommand,
  type ServerOptions,
  withIgnoreMemory,
  withServer,
} from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';
import { differenceText } from './reproduction/differences.js';
import { executeAgain, refuseUnfinished } from './reproduction/execution.js';
import { exitOfVerdict, expectOption, type JudgingOptions } from './reproduction/expectation.js';
import { refuseMissing } from './reproduction/input-plan.js';
import { judge } from './reproduction/judging.js';
import { openOriginal } from './reproduction/original.js';
import {
  inspect,
  obstacles,
  type Preflight,
  type PreflightOptions,
  preflightText,
} from './reproduction/preflight.js';
import { type Preparation, prepareReproduction } from './reproduction/preparation.js';
import { reproduceSweep } from './reproduction/sweep-reproduction.js';
import { verdictText } from './reproduction/verdict-text.js';
import { compareWeights } from './reproduction/weights.js';
import { NO_SCREEN, screenOn } from './terminal/screen.js';

interface ReproduceOptions extends ServerOptions, JudgingOptions, PreflightOptions {
  dryRun?: boolean;
  runs?: boolean;
}

export function addReproduce(program: Command): void {
  withIgnoreMemory(withServer(program.command('reproduce')))
    .description('run a past run again, from its config, seed, data, model and code, and compare')
    .argument(
      '<run or sweep>',
      'ID of the run, or the beginning of it; of a sweep: its suggestions are replayed',
    )
    .option('--runs', 'of a sweep: repeat its runs too')
    .option('--dry-run', 'only say what is here, what would be fetched, and what differs')
    .option('--allow-drift', 'go on although something differs that can change numbers; it is recorded')
    .option('--backend <name>', 'where to run it (default: the backend that it had)')
    .addOption(expectOption())
    .option('--fail-fast', 'stop as soon as a curve leaves what --expect allows')
    .option('--install', 'of a command: install what its lock file describes, in its work tree')
    .option('--in-place', 'of a command: execute it here, with the code that is here')
    .option('--repository <dir>', 'of a command: a clone that has its commit')
    .action((id: string, options: ReproduceOptions) => runCommand(options, () => reproduce(id, options)));
}

async function reproduce(id: string, options: ReproduceOptions): Promise<ExitCode> {
  const client = clientOf(options);
  if (id.startsWith('sweep')) return reproduceSweep(client, id, options, repeatRun);
  const answer = await repeatRun(client, id, options);
  if ('preflight' in answer) return report(answer.preflight, options);
  if (options.json) printJson(answer.verdict);
  else process.stdout.write(`${verdictText(answer.verdict)}\n`);
  return exitOfVerdict(answer.verdict.verdict, options.expect);
}

/** Preflight, preparation, execution, verdict: each is a file of reproduction/. */
async function repeatRun(
  client: ApiClient,
  id: string,
  options: ReproduceOptions,
): Promise<{ preflight: Preflight } | { verdict: VerdictFieldsFragment }> {
  const original = await openOriginal(client, id);
  const preflight = await inspect(original, options);
  if (options.dryRun) return { preflight };
  refuseMissing(preflight.inputs);
  if (!options.allowDrift && obstacles(preflight, options).length > 0) return { preflight };
  const screen = options.json ? NO_SCREEN : screenOn(process.stderr);
  screen.print(preflightText(preflight));
  const say = (line: string) => screen.print(line);
  const made = await prepareReproduction(client, original, preflight, options, say);
  try {
    const prepared = onBackend(made, options.backend);
    const repetition = await executeAgain(client, original, preflight, prepared, screen, options);
    refuseUnfinished(repetition);
    const weights = await compareWeights(client, original.run, repetition.outcome.runId);
    return { verdict: await judge(client, repetition, weights) };
  } finally {
    await made.cleanUp();
  }
}

/** @param backend taken instead of the one that it had; if it does not work here, the run is not begun */
function onBackend(prepared: Preparation, backend: string | undefined): Preparation {
  if (backend === undefined) return prepared;
  return { ...prepared, backend: null, located: { ...(prepared.located as object), backend } };
}

/** Says what was found, and whether the run would be repeated. */
function report(preflight: Preflight, options: ReproduceOptions): ExitCode {
  const isMissing = preflight.inputs.some(({ state }) => state === 'missing');
  const refused = options.allowDrift ? [] : obstacles(preflight, options);
  if (options.json) printJson({ ...preflight, refusedFor: refused.map(({ what }) => what) });
  else process.stdout.write(`${preflightText(preflight)}\n${refusalText(refused.map(differenceText))}`);
  if (isMissing) return EXIT.badInput;
  return refused.length > 0 ? EXIT.refused : EXIT.ok;
}

function refusalText(refused: string[]): string {
  if (refused.length === 0) return '';
  const count = refused.length === 1 ? 'one thing differs' : `${refused.length} things differ`;
  return `Not repeated: ${count} that can change numbers. --allow-drift goes on, and records it.\n`;
}
