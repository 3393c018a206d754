import type { Command } from 'commander';
import { ApiClient } from '../api-client/api-client.js';
import type { RunConfig } from '../core/run-config.js';
import { parseSweep } from '../core/sweep-config.js';
import { resolveTrialConfig } from '../core/sweep-config-trial.js';
import { parseRunConfig } from '../core/yaml-run-config.js';
import { readYaml } from '../core/yaml-source.js';
import {
  interruption,
  printJson,
  runCommand,
  wholeNumber,
  withIgnoreMemory,
  withJson,
} from './command-line.js';
import { methodNames, ranks, rateOf, rates } from './comparison/arguments.js';
import { Comparison } from './comparison/comparison.js';
import { comparisonTable } from './comparison/comparison-table.js';
import {
  type ComparisonSettings,
  checkComparison,
  entrantsOf,
  METHODS,
  type MethodName,
} from './comparison/entrants.js';
import { EXIT, type ExitCode } from './failure.js';
import { collect } from './run.js';
import { withSettings } from './run-here.js';
import { readWithSuite } from './sweep.js';
import { NO_SCREEN, screenOn } from './terminal/screen.js';

interface CompareOptions {
  methods: MethodName[];
  ranks: number[];
  rates?: number[];
  rateOf: Partial<Record<MethodName, number>>;
  seeds: number;
  set: string[];
  url?: string;
  json?: boolean;
}

export function addCompareMethods(program: Command): void {
  const command = program
    .command('compare-methods')
    .description(
      'full fine-tuning, LoRA and quantised LoRA on the same data: what each costs and what it learns',
    )
    .argument('<file>', 'a run config in YAML, or a sweep whose `run:` part is taken')
    .option('--methods <names>', `of ${METHODS.join(', ')}`, methodNames, [...METHODS])
    .option('--ranks <numbers>', 'of LoRA; quantised LoRA takes the middle one', ranks, [1, 4, 16])
    .option('--rates <numbers>', 'learning rates to try for every method; the validation loss chooses', rates)
    .option(
      '--rate-of <method=rate>',
      "one method's learning rate (default: the file's, a tenth of it for full); may be given several times",
      rateOf,
      {},
    )
    .option('--seeds <n>', 'runs of each method: mean ± deviation', wholeNumber(1, 100), 1)
    .option('--set <key=value>', 'change a field of the file; may be given several times', collect, [])
    .option('--url <url>', 'record the runs on this server (default: RANKSWEEP_URL, or not at all)');
  withIgnoreMemory(withJson(command)).action((file: string, options: CompareOptions) =>
    runCommand(options, () => compare(file, options), file),
  );
}

async function compare(file: string, options: CompareOptions): Promise<ExitCode> {
  const config = withSettings(await readConfig(file), options.set);
  const settings: ComparisonSettings = { ...options, rates: options.rates ?? null };
  checkComparison(config, settings);
  const url = options.url ?? process.env.RANKSWEEP_URL;
  const client = url === undefined ? null : new ApiClient(url);
  const screen = options.json ? NO_SCREEN : screenOn(process.stderr);
  const comparison = new Comparison(config, entrantsOf(config, settings), options.seeds, client, screen);
  const { rows, base } = await comparison.run(interruption(() => screen.print('Ending …')));
  if (options.json) printJson({ file, config, base, rows });
  else process.stdout.write(`${comparisonTable(rows, base)}\n`);
  return rows.length > 0 && rows.every((row) => row.finished === row.seeds) ? EXIT.ok : EXIT.failed;
}

async function readConfig(file: string): Promise<RunConfig> {
  const text = await readWithSuite(file);
  const { value } = readYaml(text, file);
  const isSweep = typeof value === 'object' && value !== null && 'run' in value;
  return isSweep ? resolveTrialConfig(parseSweep(text, file), {}) : parseRunConfig(text, file);
}
