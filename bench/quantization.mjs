/**
 * Memory and time of LoRA on a quantised base: `npm run bench:quantization [-- --shape smollm2 --backends native,wasm --steps 6]`.
 * For each way to keep the base (none, int8, nf4) a process of its own loads a bfloat16 checkpoint of random weights and trains. Prints one
 * line of JSON, memory in MiB: matrices, what the linear layers' weights take, and others, the rest of the base (ratio_KIND: matrices
 * over those of none); loaded, by how much the process grew with the base; peak, the process's VmHWM (Linux). CPU time is user and system.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { weightShapes } from '../dist/src/training/layout.js';
import { parseModelConfig } from '../dist/src/training/model-config.js';
import { writeSafetensors } from '../dist/src/training/safetensors.js';
import { SETTINGS, SHAPES } from './train-shapes.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const BACKENDS = { native: 'tfjs-node', wasm: 'wasm', cpu: 'cpu' };
const KINDS = ['none', 'int8', 'nf4'];
/** The first steps compile and allocate. */
const WARMUP = 2;
const ONE_THREAD = { TF_NUM_INTRAOP_THREADS: '1', TF_NUM_INTEROP_THREADS: '1', TF_CPP_MIN_LOG_LEVEL: '3' };

const { values: options } = parseArgs({
  options: {
    shape: { type: 'string', default: 'smollm2' },
    backends: { type: 'string', default: 'native,wasm' },
    steps: { type: 'string', default: '6' },
  },
});

/** Uniform within ±0.035, norms 1: what the numbers are matters neither for memory nor for time. */
function randomWeights(config) {
  let state = 1;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state / 2 ** 31) * 0.035;
  };
  const valuesOf = (shape) => {
    const values = new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(1);
    if (shape.length > 1) for (let i = 0; i < values.length; i++) values[i] = next();
    return values;
  };
  return new Map(
    [...weightShapes(config)].map(([name, shape]) => [name, { shape, values: valuesOf(shape) }]),
  );
}

async function prepare(folder, { config, rows, length }) {
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config));
  const weights = randomWeights(parseModelConfig(config, 'config.json'));
  await writeSafetensors(join(folder, 'model.safetensors'), weights, 'BF16');
  const token = (n) => (Math.imul(n + 1, 2654435761) >>> 0) % config.vocab_size;
  const ids = (row) => Array.from({ length: length + 1 }, (_, i) => token(row * length + i));
  const sequences = Array.from({ length: rows }, (_, row) => ({ ids: ids(row), from: 1, bytes: length }));
  writeFileSync(join(folder, 'batch.json'), JSON.stringify({ sequences, settings: SETTINGS }));
}

function measure(backend, folder, kind) {
  const script = join(here, 'quantization-run.mjs');
  const args = ['--expose-gc', script, BACKENDS[backend], folder, options.steps, kind];
  const stdio = ['ignore', 'pipe', process.env.BENCH_DEBUG ? 'inherit' : 'ignore'];
  const line = execFileSync(process.execPath, args, {
    env: { ...process.env, ...ONE_THREAD },
    stdio,
  }).toString();
  if (process.env.BENCH_DEBUG) console.error(backend, kind, line);
  return JSON.parse(line);
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const round = (value, digits = 4) => Number(value.toPrecision(digits));

function summary({ stepCpuMs, losses, versions, ...numbers }) {
  const measured = stepCpuMs.slice(WARMUP);
  const spread = [Math.min(...measured), Math.max(...measured)].map((ms) => round(ms));
  const rounded = Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, round(value)]));
  return {
    ...rounded,
    cpuMs: round(median(measured)),
    cpuMsSpread: spread,
    losses: losses.map((x) => round(x, 6)),
  };
}

const folder = mkdtempSync(join(tmpdir(), 'ranksweep-bench-'));
const line = { bench: 'quantization', cpu: cpus()[0].model, node: process.version, ...options };
const [details, versions] = [{}, {}];
try {
  await prepare(folder, SHAPES[options.shape]);
  for (const backend of options.backends.split(',')) {
    const runs = KINDS.map((kind) => [kind, measure(backend, folder, kind)]);
    for (const [, run] of runs) Object.assign(versions, run.versions);
    details[backend] = Object.fromEntries(runs.map(([kind, run]) => [kind, summary(run)]));
  }
} finally {
  rmSync(folder, { recursive: true });
}
const [first] = Object.values(details);
for (const kind of KINDS.slice(1))
  line[`ratio_${kind}`] = round(first[kind].matricesMiB / first.none.matricesMiB);
console.log(JSON.stringify({ ...line, load: round(loadavg()[0], 3), versions, details }));
