import type { Command } from 'commander';
import type { ApiClient } from '../api-client/api-client.js';
import { RecordProbesDocument } from '../api-client/operations.generated.js';
import { metricToJson } from '../core/metric-value.js';
import {
  clientOf,
  interruption,
  printJson,
  runCommand,
  type ServerOptions,
  wholeNumber,
  withServer,
} from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';
import { executeAll, type ProbeRecord, recordedExecution } from './probe/executions.js';
import { compareAll, type ProbeComparison, probeText } from './probe/probe-report.js';
import { backendNamed, probeTarget } from './probe/probe-target.js';
import { NO_SCREEN, screenOn } from './terminal/screen.js';

interface ProbeOptions extends ServerOptions {
  backend?: string;
  steps: number;
  repeat: number;
}

export function addProbe(program: Command): void {
  withServer(program.command('probe'))
    .description('tell in advance whether a run will be reproducible here: its first steps, several times')
    .argument('<run or file>', 'ID of a run, or a run config in YAML')
    .option('--backend <name>', 'another backend to compare with')
    .option('--steps <n>', 'how many steps', wholeNumber(1, 1000), 20)
    .option('--repeat <n>', 'how many orders of the data', wholeNumber(1, 100), 3)
    .action((target: string, options: ProbeOptions) => runCommand(options, () => probe(target, options)));
}

/** Executes, compares, and stores every execution: bounds of later verdicts are made of them. */
async function probe(name: string, options: ProbeOptions): Promise<ExitCode> {
  const client = clientOf(options);
  const target = await probeTarget(client, name);
  const { steps, repeat } = options;
  const other = options.backend === undefined ? [] : [backendNamed(options.backend)];
  const backends = [...new Set([target.config.backend, ...other])];
  const screen = options.json ? NO_SCREEN : screenOn(process.stderr);
  const plan = { backends, steps, repeat };
  const executions = await executeAll(target, plan, interruption(), (text) => screen.print(`  ${text}`));
  screen.end();
  const then = recordedExecution(target, executions[0]!, steps);
  const records = then === null ? executions : [then, ...executions];
  await store(client, records, target.runId);
  const comparisons = compareAll(records);
  if (options.json) printJson({ target: name, steps, orders: repeat, comparisons, executions: records });
  else process.stdout.write(`${probeText(comparisons)}\n`);
  return exitOf(comparisons);
}

async function store(client: ApiClient, records: ProbeRecord[], runId: string | null): Promise<void> {
  const input = records.map(({ what, where: _, series, weightsHash, ...rest }) => ({
    ...{ ...rest, whatHash: what, ofRunId: runId, weightsHash },
    series: series.map(({ name, steps, values }) => ({
      ...{ name, steps: Array.from(steps), values: Array.from(values, metricToJson) },
    })),
  }));
  await client.request(RecordProbesDocument, { input }, { repeatable: true });
}

/** By the worst comparison: 0 the same bits everywhere, 10 within kernel noise, 1 different. */
function exitOf(comparisons: readonly ProbeComparison[]): ExitCode {
  if (comparisons.some(({ verdict }) => verdict === 'different')) return EXIT.failed;
  return comparisons.every(({ verdict }) => verdict === 'identical') ? EXIT.ok : EXIT.withinKernelNoise;
}
