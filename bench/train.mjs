/**
 * LoRA training here beside PyTorch with PEFT (eager): `npm run bench:train [-- --shapes tiny,small,smollm2 --entrants native,wasm
 * --steps 10 --rounds 2]`, or on a GPU `-- --entrants webgpu,native-gpu --torch-device cuda`, where the wall ratio counts. Entrants take turns, each in a process of its own with one thread, on the same checkpoint of random
 * weights and the same tokens. Prints one line of JSON: ratio_ENTRANT_SHAPE is our tokens/s over PyTorch's by CPU time (user and
 * system, median step), wall_ratio_… by the clock, memory_ratio_… our peak over theirs (below 1 is better). Machines are noisy:
 * compare ratios, not runs. PyTorch comes from RANKSWEEP_PYTHON or .venv (node scripts/setup-python.mjs makes it).
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { parseModelConfig } from '../dist/src/training/model-config.js';
import { initialWeights } from '../dist/src/training/pretrain.js';
import { writeSafetensors } from '../dist/src/training/safetensors.js';
import { findPython } from '../scripts/setup-python.mjs';
import { SETTINGS, SHAPES } from './train-shapes.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const BACKENDS = { native: 'tfjs-node', wasm: 'wasm', webgpu: 'webgpu', 'native-gpu': 'tfjs-node-gpu' };
/** The first steps compile and allocate. */
const WARMUP = 2;
const ONE_THREAD = Object.fromEntries(
  ['OMP_NUM_THREADS', 'MKL_NUM_THREADS', 'TF_NUM_INTRAOP_THREADS', 'TF_NUM_INTEROP_THREADS'].map((name) => [
    name,
    '1',
  ]),
);
/** Losses of the same weights on the same tokens: if they differ, the two sides do not do the same work. */
const LARGEST_DIFFERENCE = 1e-3;

const { values: options } = parseArgs({
  options: {
    shapes: { type: 'string', default: 'tiny,small' },
    entrants: { type: 'string', default: 'native,wasm' },
    steps: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '2' },
    'torch-device': { type: 'string', default: 'cpu' },
  },
});

/** A checkpoint of random weights and one batch of random tokens, for both sides. */
async function prepare(folder, { config, rows, length }) {
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const weights = initialWeights(parseModelConfig(config, 'config.json'), 1);
  await writeSafetensors(join(folder, 'model.safetensors'), weights, 'F32');
  let state = 1;
  const token = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * config.vocab_size);
  };
  const sequences = Array.from({ length: rows }, () => ({
    ids: Array.from({ length: length + 1 }, token),
    from: 1,
    bytes: length,
  }));
  writeFileSync(join(folder, 'batch.json'), JSON.stringify({ sequences, settings: SETTINGS }));
}

function measure(entrant, folder, python) {
  const [command, ...prefix] =
    entrant === 'torch'
      ? [python, join(here, 'train-torch.py')]
      : [process.execPath, join(here, 'train-ours.mjs'), BACKENDS[entrant]];
  const device = { BENCH_TORCH_DEVICE: options['torch-device'] };
  const env = { ...process.env, ...ONE_THREAD, ...device, TF_CPP_MIN_LOG_LEVEL: '3', HF_HUB_OFFLINE: '1' };
  const stdio = ['ignore', 'pipe', process.env.BENCH_DEBUG ? 'inherit' : 'ignore'];
  return JSON.parse(execFileSync(command, [...prefix, folder, options.steps], { env, stdio }).toString());
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const round = (value, digits = 3) => Number(value.toPrecision(digits));

/** Medians over the steps of all rounds, and the medians of single rounds as the spread. */
function summary(runs, tokens) {
  const steps = (key) => runs.map((run) => run[key].slice(WARMUP));
  const cpuMs = median(steps('cpuMs').flat());
  const wallMs = median(steps('wallMs').flat());
  return {
    tokensPerSecondCpu: round((tokens * 1000) / cpuMs, 4),
    cpuMs: round(cpuMs, 4),
    cpuMsOfRounds: steps('cpuMs').map((values) => round(median(values), 4)),
    wallMs: round(wallMs, 4),
    peakMiB: Math.round(Math.max(...runs.map(({ peakMiB }) => peakMiB))),
    loss: [runs[0].losses[0], runs[0].losses.at(-1)].map((loss) => round(loss, 6)),
  };
}

async function benchShape(name, entrants, python) {
  const folder = mkdtempSync(join(tmpdir(), 'ranksweep-bench-'));
  try {
    await prepare(folder, SHAPES[name]);
    const runs = Object.fromEntries(entrants.map((entrant) => [entrant, []]));
    for (let i = 0; i < Number(options.rounds); i++)
      for (const entrant of entrants) runs[entrant].push(measure(entrant, folder, python));
    return runs;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function ratios(shape, entrants, results) {
  const { torch } = results;
  return Object.fromEntries(
    entrants.flatMap((entrant) => {
      const { cpuMs, wallMs, peakMiB, loss } = results[entrant];
      if (!(Math.abs(loss[0] - torch.loss[0]) < LARGEST_DIFFERENCE))
        throw new Error(`${entrant} ${shape}: first loss ${loss[0]}, PyTorch's ${torch.loss[0]}`);
      return [
        [`ratio_${entrant}_${shape}`, round(torch.cpuMs / cpuMs)],
        [`wall_ratio_${entrant}_${shape}`, round(torch.wallMs / wallMs)],
        [`memory_ratio_${entrant}_${shape}`, round(peakMiB / torch.peakMiB)],
      ];
    }),
  );
}

const python = findPython();
if (!python) {
  console.error('No Python with PyTorch, transformers and PEFT: node scripts/setup-python.mjs makes one.');
  process.exit(1);
}
const ours = options.entrants.split(',');
const line = { bench: 'train', cpu: cpus()[0].model, cores: cpus().length, node: process.version };
const [details, versions] = [{}, {}];
for (const shape of options.shapes.split(',')) {
  const runs = await benchShape(shape, ['torch', ...ours], resolve(python));
  const tokens = SHAPES[shape].rows * SHAPES[shape].length;
  for (const of of Object.values(runs)) Object.assign(versions, of[0].versions);
  details[shape] = Object.fromEntries(
    Object.entries(runs).map(([entrant, of]) => [entrant, summary(of, tokens)]),
  );
  Object.assign(line, ratios(shape, ours, details[shape]));
}
console.log(JSON.stringify({ ...line, ...options, load: round(loadavg()[0]), versions, details }));
