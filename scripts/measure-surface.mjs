/**
 * Measures how learning rate, rank and dropout change the scores of the two example tasks, with the built-in trainer, one trial at a time
 * in a process of its own: `npm run build:server && node scripts/measure-surface.mjs [era|extract]`. Each trial is a line of
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
const SWEEPS = { era: 'sweeps/quickstart.yaml', extract: 'sweeps/extract.yaml' };
const RATES = [0.001, 0.003, 0.01, 0.03];
const RANKS = [1, 4, 16];
const DROPOUTS = [0.1, 0.3];
const SEEDS = [0, 1, 2];

const point = (learningRate, rank, dropout = 0, seed = 0) => ({ learningRate, rank, dropout, seed });

/** Coarse to fine, so that what is measured when time ends is worth reading. */
const POINTS = [
  ...RATES.flatMap((rate) => RANKS.map((rank) => point(rate, rank))),
  ...DROPOUTS.flatMap((dropout) => [0.01, 0.03].map((rate) => point(rate, 16, dropout))),
  ...SEEDS.slice(1).map((seed) => point(0.01, 16, 0, seed)),
];

function configOf(task, { learningRate, rank, dropout, seed }) {
  const { run } = parse(readFileSync(SWEEPS[task], 'utf8'));
  return {
    ...run,
    optimizer: { ...run.optimizer, learningRate },
    lora: { ...run.lora, rank, dropout },
    seed,
  };
}

/** The trial's process: trains and prints one line of JSON. */
async function measure(task, at) {
  setPriority(10);
  const load = (module) => import(pathToFileURL(resolve('dist/src', module)).href);
  const { runConfigSchema } = await load('core/run-config.js');
  const { trainRun } = await load('training/train-run.js');
  const folder = mkdtempSync(join(tmpdir(), 'ranksweep-surface-'));
  const [first, last] = [{}, {}];
  const onPoints = (points) => {
    for (const { metric, step, value } of points) (step === 0 ? first : last)[metric] = value;
  };
  const started = performance.now();
  const result = await trainRun(runConfigSchema.parse(configOf(task, at)), folder, { onPoints });
  rmSync(folder, { recursive: true });
  const { outcome, steps, trainableParameters } = result;
  const seconds = Math.round((performance.now() - started) / 100) / 10;
  console.log(JSON.stringify({ outcome, steps, trainableParameters, seconds, base: first, scores: last }));
}

const hashOf = (text) => createHash('sha256').update(text).digest('hex').slice(0, 16);
const modelHash = () => hashOf(readFileSync('models/nano/model.safetensors'));

function measuredLines() {
  if (!existsSync(RESULTS)) return [];
  const lines = readFileSync(RESULTS, 'utf8').split('\n').filter(Boolean);
  return lines.map((line) => JSON.parse(line));
}

function measureApart(task, at) {
  const child = [fileURLToPath(import.meta.url), '--trial', task, JSON.stringify(at)];
  const { status, stdout } = spawnSync(process.execPath, child, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (status !== 0) throw new Error(`${task} ${JSON.stringify(at)} ended with ${status}`);
  return JSON.parse(stdout.trimEnd().split('\n').at(-1));
}

function measureMissing(task, at) {
  const full = configOf(task, at);
  const config = hashOf(JSON.stringify(full) + readFileSync(full.data.train, 'utf8'));
  const model = modelHash();
  if (measuredLines().some((line) => line.config === config && line.model === model)) return;
  const machine = `${cpus().length} x ${cpus()[0].model}, Node ${process.version}`;
  const head = { task, ...at, config, model, date: new Date().toISOString().slice(0, 10), machine };
  const line = { ...head, ...measureApart(task, at) };
  mkdirSync('bench', { recursive: true });
  appendFileSync(RESULTS, `${JSON.stringify(line)}\n`);
  console.log(
    task,
    JSON.stringify(at),
    line.scores['in_domain/loss'],
    line.scores['base_capability/change'],
    line.seconds,
  );
}

function main(tasks) {
  for (const at of POINTS) for (const task of tasks) measureMissing(task, at);
  const model = modelHash();
  writeReport(measuredLines().filter((line) => line.model === model));
}

const [first, task, at] = process.argv.slice(2);
if (first === '--trial') await measure(task, JSON.parse(at));
else if (first === '--report') writeReport(measuredLines().filter((line) => line.model === modelHash()));
else main(first === undefined ? Object.keys(SWEEPS) : [first]);
