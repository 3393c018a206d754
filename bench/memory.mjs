/**
 * The estimate of memory that is made before training, beside the peak that the process then had (VmHWM, loading and evaluation included):
 * `npm run bench:memory [-- --cases nano,small --backends wasm,tfjs-node]`. Each case is a run of the trainer in a process of its own, on random
 * weights. Prints one line of JSON: per case estimate, measured and their ratio.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { saveCheckpoint } from '../dist/src/training/checkpoint.js';
import { parseModelConfig } from '../dist/src/training/model-config.js';
import { initialWeights } from '../dist/src/training/pretrain.js';
import { CASES } from './memory-cases.mjs';
import { SHAPES } from './train-shapes.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const NANO = resolve(here, '..', 'models', 'nano');

const { values: options } = parseArgs({
  options: {
    cases: { type: 'string', default: '' },
    backends: { type: 'string', default: 'wasm,tfjs-node' },
  },
});

/** The checkpoint of a shape, with the small tokenizer of models/nano. */
async function modelOf(shape, folder) {
  if (shape === 'nano') return NANO;
  const json = { ...SHAPES[shape].config, max_position_embeddings: 1024 };
  const config = parseModelConfig(json, 'config.json');
  const model = join(folder, shape);
  const checkpoint = { config, weights: initialWeights(config, 1) };
  await saveCheckpoint(model, checkpoint, { dtype: 'F32', endOfText: 0, tokenizerFolder: NANO });
  return model;
}

/** Text that fills every sequence to its end. */
function writeText(folder, name, count) {
  const words = 'the sea was calm and the wind blew from the north over ships and harbours '.split(' ');
  const text = Array.from({ length: count }, (_, i) => words[(i * i + 3 * i) % words.length]).join(' ');
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

function measure(model, { data, short }, backend, { shape: _, ...settings }, folder) {
  const file = join(folder, 'config.json');
  const { evaluated, ...rest } = settings;
  const evaluations = evaluated ? [{ name: 'text', role: 'in_domain', data: short }] : [];
  const sets = { data: { train: data, validation: evaluated ? short : null }, evaluations };
  const config = { model, ...sets, steps: 4, backend, ...rest };
  writeFileSync(file, JSON.stringify(config));
  const args = [join(here, 'memory-case.mjs'), file, join(folder, 'output')];
  const stdio = ['ignore', 'pipe', process.env.BENCH_DEBUG ? 'inherit' : 'ignore'];
  return JSON.parse(execFileSync(process.execPath, args, { stdio }).toString());
}

const folder = mkdtempSync(join(tmpdir(), 'ranksweep-memory-'));
const results = {};
try {
  const data = { data: writeText(folder, 'text.txt', 20_000), short: writeText(folder, 'short.txt', 1500) };
  const models = new Map();
  for (const backend of options.backends.split(',')) {
    for (const [name, settings] of Object.entries(CASES)) {
      if (options.cases && !options.cases.split(',').some((wanted) => name.startsWith(wanted))) continue;
      const { shape } = settings;
      if (!models.has(shape)) models.set(shape, await modelOf(shape, folder));
      const { estimate, measured, parts } = measure(models.get(shape), data, backend, settings, folder);
      const result = { estimate, measured, ratio: Number((estimate / measured).toFixed(3)) };
      results[`${backend}/${name}`] = result;
      if (process.env.BENCH_DEBUG)
        console.error(JSON.stringify({ case: `${backend}/${name}`, ...result, parts }));
    }
  }
} finally {
  rmSync(folder, { recursive: true });
}
const ratios = Object.values(results).map(({ ratio }) => ratio);
const within = ratios.filter((ratio) => ratio >= 0.8 && ratio <= 1.2).length;
const range = {
  within_20_percent: within,
  cases_measured: ratios.length,
  lowest_ratio: Math.min(...ratios),
  highest_ratio: Math.max(...ratios),
};
const machine = { cpu: cpus()[0].model, cores: cpus().length, node: process.version };
console.log(JSON.stringify({ bench: 'memory', ...machine, ...range, cases: results }));
