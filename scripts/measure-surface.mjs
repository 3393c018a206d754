/**
 * Measures how learning rate, rank and dropout change the scores of the two example tasks, with the built-in trainer, one trial at a time
 * in a process of its own: `npm run build:server && node scripts/measure-surface.mjs [era|extract|few]`. `--report` only writes the tables. Each trial is a line of
 * bench/surface.jsonl; those that are there for the same config, training data and model are not measured again. Then docs/surface.md gets its tables.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, setPriority, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parse } from 'yaml';
import { writeReport } from './measure-surface-report.mjs';

const RESULTS = 'bench/surface.jsonl';
const RATES = [0.001, 0.003, 0.01, 0.03];

const point = (learningRate, rank, dropout = 0, seed = 0) => ({ learningRate, rank, dropout, seed });
const atRank = (rank, rates, dropout = 0) => rates.map((rate) => point(rate, rank, dropout));

/** Coarse to fine, so that what is measured when time ends is worth reading. */
const SURFACE = [
  ...atRank(16, RATES),
  point(0.01, 1),
  point(0.01, 4),
  ...atRank(16, [0.01], 0.1),
  ...atRank(16, [0.01], 0.3),
  ...atRank(1, [0.003, 0.03]),
  ...atRank(4, [0.003, 0.03]),
  ...atRank(16, [0.03], 0.3),
  point(0.01, 16, 0, 1),
  ...atRank(1, [0.001]),
  ...atRank(4, [0.001]),
  point(0.01, 16, 0, 2),
];
const FEW = [0.01, 0.003].flatMap((rate) => [0, 0.3, 0.1, 0.5].map((dropout) => point(rate, 16, dropout)));

/** What is measured: the run of a sweep file, with changes. */
const BLOCKS = {
  era: { sweep: 'sweeps/quickstart.yaml', points: SURFACE },
  extract: { sweep: 'sweeps/extract.yaml', points: SURFACE },
  few: {
    sweep: 'sweeps/quickstart.yaml',
    points: FEW,
    change: (run) => ({ ...run, data: { ...run.data, maxExamples: 150 }, steps: 120 }),
  },
};

function configOf(block, { learningRate, rank, dropout, seed }) {
  const { sweep, change = (run) => run } = BLOCKS[block];
  const run = change(parse(readFileSync(sweep, 'utf8')).run);
  return {
    ...run,
    optimizer: { ...run.optimizer, learningRate },
    lora: { ...run.lora, rank, dropout },
    seed,
  };
}

/** The trial's process: trains and prints one line of JSON. */
async function measure(block, at) {
  setPriority(10);
  const load = (module) => import(pathToFileURL(resolve('dist/src', module)).href);
  const { runConfigSchema } = await load('core/run-config.js');
  const { trainRun } = await load('training/train-run.js');
  const folder = mkdtempSync(join(tmpdir(), 'ranksweep-surface-'));
  const [first, last] = [{}, {}];
  const onPoints = (points) => {
    for (const { metric, step, value } of points) (step === 0 ? first : last)[metric] = value;
  };
  const lines = [];
  const hooks = { onPoints, log: (line) => lines.push(line) };
  const result = await trainRun(runConfigSchema.parse(configOf(block, at)), folder, hooks);
  rmSync(folder, { recursive: true });
  const { outcome, steps, trainableParameters } = result;
  const { user, system } = process.cpuUsage();
  const cpuSeconds = Math.round((user + system) / 1e5) / 10;
  console.log(
    JSON.stringify({
      backend: lines[0],
      outcome,
      steps,
      trainableParameters,
      cpuSeconds,
      base: first,
      scores: last,
    }),
  );
}

const hashOf = (text) => createHash('sha256').update(text).digest('hex').slice(0, 16);
const modelHash = () => hashOf(readFileSync('models/nano/model.safetensors'));

function measuredLines() {
  if (!existsSync(RESULTS)) return [];
  const lines = readFileSync(RESULTS, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line));
}

function measureApart(block, at) {
  const child = [fileURLToPath(import.meta.url), '--trial', block, JSON.stringify(at)];
  const { status, stdout } = spawnSync(process.execPath, child, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`${block} ${JSON.stringify(at)} ended with ${status}`);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1));
}

function measureMissing(block, at) {
  const full = configOf(block, at);
  const config = hashOf(JSON.stringify(full) + readFileSync(full.data.train, 'utf8'));
  const model = modelHash();
  if (measuredLines().some((line) => line.config === config && line.model === model)) return;
  const machine = `${cpus().length} x ${cpus()[0].model}, Node ${process.version}`;
  const head = { block, ...at, config, model, date: new Date().toISOString().slice(0, 10), machine };
  const line = { ...head, ...measureApart(block, at) };
  mkdirSync('bench', { recursive: true });
  appendFileSync(RESULTS, `${JSON.stringify(line)}\n`);
  const { scores, cpuSeconds } = line;
  console.log(
    block,
    JSON.stringify(at),
    scores['in_domain/loss'],
    scores['base_capability/change'],
    cpuSeconds,
  );
}

function report() {
  const model = modelHash();
  writeReport(measuredLines().filter((line) => line.model === model));
}

/** The blocks take turns, so that each has its coarse points early. */
function main(blocks) {
  const turns = Math.max(...blocks.map((block) => BLOCKS[block].points.length));
  for (let turn = 0; turn < turns; turn++) {
    for (const block of blocks.filter((name) => turn < BLOCKS[name].points.length)) {
      measureMissing(block, BLOCKS[block].points[turn]);
    }
  }
  report();
}

const [first, block, at] = process.argv.slice(2);
if (first === '--trial') await measure(block, JSON.parse(at));
else if (first === '--report') report();
else main(first === undefined ? Object.keys(BLOCKS) : [first]);
