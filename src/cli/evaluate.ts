import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import { meanOfItems } from '../analysis/item-scores.js';
import type { ApiClient } from '../api-client/api-client.js';
import { downloadFile } from '../api-client/artifact-transfer.js';
import { RanksweepError } from '../core/errors.js';
import { metricToJson } from '../core/metric-value.js';
import { BACKENDS, type Backend, type RunConfig } from '../core/run-config.js';
import { parseSuite } from '../core/suite.js';
import type { AdapterEvaluation, EvaluatedAdapter } from '../worker/evaluate-past.js';
import { recordEvaluations } from '../worker/record-evaluations.js';
import { clientOf, printJson, runCommand, type ServerOptions, withServer } from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';
import { locateModel } from './reproduction/locate-inputs.js';
import { WORK_FOLDER } from './run-here.js';
import { fetchRun } from './run-report.js';
import { readText } from './sweep.js';
import { formatChange, formatNumber } from './terminal/number-format.js';
import { textTable } from './terminal/text-table.js';

interface EvaluateOptions extends ServerOptions {
  suite: string;
  model?: string;
  backend: Backend;
}

/** Where an adapter lies, what it was trained on, and the run that it is recorded with. */
interface Target extends Omit<AdapterEvaluation, 'sets' | 'backend'> {
  runId: string | null;
}

/** of an adapter that another program made */
const TOKENS_AT_ONCE = 1024;

export function addEvaluate(program: Command): void {
  withServer(program.command('evaluate'))
    .description(
      'score an adapter from the past on a suite, beside its base; a run’s scores are added to its record',
    )
    .argument('<run or folder>', 'a run that kept its adapter, or the folder of a PEFT adapter')
    .requiredOption('--suite <file>', 'a suite in YAML, e.g. datasets/extract/suite.yaml')
    .option('--model <path>', "the base, where it is not where the adapter's record says")
    .addOption(new Option('--backend <name>', 'what computes').choices(BACKENDS).default('auto'))
    .action((target: string, options: EvaluateOptions) =>
      runCommand(options, () => evaluate(target, options), options.suite),
    );
}

async function evaluate(name: string, options: EvaluateOptions): Promise<ExitCode> {
  const { sets } = parseSuite(await readText(options.suite), options.suite);
  const isFolder = existsSync(join(name, 'adapter_config.json'));
  const client = isFolder ? null : clientOf(options);
  const folder = await mkdtemp(join(tmpdir(), 'ranksweep-adapter-'));
  try {
    const target = client ? await ofRun(client, name, folder, options) : await ofFolder(name, options);
    const { runId, ...settings } = target;
    // TensorFlow is loaded by this command only.
    const { evaluatePast } = await import('../worker/evaluate-past.js');
    const log = (line: string) => process.stderr.write(`${line}\n`);
    const found = await evaluatePast(
      { ...settings, sets, backend: options.backend },
      client,
      WORK_FOLDER,
      log,
    );
    if (client && runId)
      await recordEvaluations(client, { runId, baseModel: found.baseHash }, found.evaluations);
    report(found, runId, options);
    return EXIT.ok;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function ofRun(
  client: ApiClient,
  id: string,
  folder: string,
  { model }: EvaluateOptions,
): Promise<Target> {
  const run = await fetchRun(client, id);
  const files = run.artifacts.filter(({ name }) => name.startsWith('adapter/'));
  if (files.length === 0 || !run.provenance?.model) {
    throw new RanksweepError('NOT_FOUND', `run ${run.id} kept no adapter that could be evaluated.`);
  }
  for (const { name, sha256 } of files) await downloadFile(client, sha256, join(folder, name));
  const config = run.config as RunConfig;
  return {
    ...{
      runId: run.id,
      model: model ?? (await locateModel(run.provenance.model)),
      adapter: join(folder, 'adapter'),
    },
    ...trainedWith(config),
  };
}

/** ranksweep.json beside PEFT's files says what an adapter of ours was trained on. */
async function ofFolder(adapter: string, { model }: EvaluateOptions): Promise<Target> {
  const text = await readFile(join(adapter, 'ranksweep.json'), 'utf8').catch(() => null);
  const origin =
    text === null ? null : (JSON.parse(text) as { config: RunConfig; base: { path: string; hash: string } });
  if (origin === null && model === undefined) {
    const message = `expected the base of ${adapter}, which another program made`;
    throw new RanksweepError('INVALID_INPUT', `--model: ${message}`, [{ field: '--model', message }]);
  }
  const base = model ?? (await locateModel(origin!.base));
  return { runId: null, model: base, adapter, ...trainedWith(origin?.config) };
}

function trainedWith(config: RunConfig | undefined) {
  if (!config) return { quantization: 'none' as const, sequenceLength: null, tokensAtOnce: TOKENS_AT_ONCE };
  const { quantization = 'none', sequenceLength, batchSize } = config;
  return { quantization, sequenceLength, tokensAtOnce: batchSize * sequenceLength };
}

function report(
  { evaluations, answers }: EvaluatedAdapter,
  runId: string | null,
  { json }: EvaluateOptions,
): void {
  const rows = evaluations.flatMap(({ role, name, items, scores }) =>
    scores.map(({ score, values, weights, baseValues }) => {
      const [value, base] = [meanOfItems(values, weights), baseValues && meanOfItems(baseValues, weights)];
      return { set: `${role}/${name}`, score, items, value, base };
    }),
  );
  if (json) {
    const finite = rows.map((row) => ({
      ...row,
      value: metricToJson(row.value),
      base: row.base && metricToJson(row.base),
    }));
    printJson({ run: runId, scores: finite, answers: Object.fromEntries(answers) });
    return;
  }
  const table = rows.map(({ set, score, items, value, base }) => {
    const change = base === null ? '–' : formatChange(value - base);
    return [
      set,
      score,
      formatNumber(value),
      base === null ? '–' : formatNumber(base),
      change,
      formatNumber(items),
    ];
  });
  process.stdout.write(
    `${textTable(['evaluation', 'score', 'adapter', 'base', 'change', 'items'], table)}\n`,
  );
}
