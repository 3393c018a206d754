/**
 * Scores tiny random models and adapters with every setting that people use, and compares with transformers and PEFT:
 * `npm run prove:models`. Prints the largest difference of log-probabilities of each case, then one JSON line; the exit code is 1 if a
 * difference is above 1e-3 (models) or 1e-4 (adapters), or if a refusal does not name what is not supported.
 *
 *   --only WORD           cases whose name has it
 *   --folder DIR          keeps what Python makes; by default a folder that is removed
 *   --backend NAME        of TensorFlow.js                         auto
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { findPython } from './setup-python.mjs';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const LARGEST = { model: 1e-3, adapter: 1e-4 };

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    folder: { type: 'string' },
    backend: { type: 'string', default: 'auto' },
  },
});

function make(folder) {
  const python = findPython();
  if (!python) throw new Error('no Python with torch, transformers and peft: node scripts/setup-python.mjs');
  const script = join(repository, 'scripts', 'prove-models.py');
  const { status } = spawnSync(python, [script, folder, options.only], {
    stdio: ['ignore', 2, 'inherit'],
    env: { ...process.env, TQDM_DISABLE: '1' },
  });
  if (status !== 0) throw new Error(`${script} ended with ${status}`);
  return JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8'));
}

/** What became of a case, and whether that is right. */
async function judge({ name, model, adapter = null, scale = 1, expected, refusal, python }, tokens) {
  const { scoreFile } = await import(join(repository, 'dist', 'src', 'worker', 'score-file.js'));
  const found = await scoreFile(tokens, {
    model,
    adapters: [adapter],
    scale,
    backend: options.backend,
  }).catch((error) => error);
  if (found instanceof Error && found.name !== 'RanksweepError') throw found;
  if (found instanceof Error) {
    const refused = found.message.split(': ').slice(1).join(': ').slice(0, 300);
    const wanted = refusal ?? (python ? '' : null);
    return { name, refused, right: wanted !== null && found.message.includes(wanted) };
  }
  if (!expected) return { name, refused: null, python, right: false };
  const difference = largestDifference(found.scored[0].logProbabilities.flat(), expected.flat());
  const limit = adapter === null ? LARGEST.model : LARGEST.adapter;
  const merged = adapter === null ? {} : await judgeMerged({ model, adapter, scale, expected }, tokens);
  const right = !refusal && difference <= limit && !(merged.mergedDifference > limit);
  return { name, difference, ...merged, right };
}

/** The same model with the adapter in its weights. Biases of B have nowhere to go where the base has none. */
async function judgeMerged({ model, adapter, scale, expected }, tokens) {
  const { mergeModel } = await import(join(repository, 'dist', 'src', 'worker', 'merge-model.js'));
  const output = `${adapter}-merged`;
  rmSync(output, { recursive: true, force: true });
  try {
    await mergeModel({ model, adapter, scale, output, dtype: 'F32' });
  } catch (error) {
    if (!error.message.includes('lora_bias')) throw error;
    return { mergedRefused: error.message };
  }
  const { scoreFile } = await import(join(repository, 'dist', 'src', 'worker', 'score-file.js'));
  const { scored } = await scoreFile(tokens, {
    ...{ model: output, adapters: [null], scale: 1, quantization: 'none', backend: options.backend },
  });
  return { mergedDifference: largestDifference(scored[0].logProbabilities.flat(), expected.flat()) };
}

function largestDifference(a, b) {
  if (a.length !== b.length) throw new Error(`${a.length} log-probabilities here, ${b.length} there`);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
}

function mergedOf({ mergedDifference, mergedRefused }) {
  if (mergedRefused) return ', merging refused';
  return mergedDifference === undefined ? '' : `, merged by ${mergedDifference.toExponential(1)}`;
}

function lineOf({ name, difference, refused, python, right, ...rest }) {
  const outcome =
    difference === undefined
      ? refused === null
        ? `scored, Python: ${python}`
        : `refused: ${refused}`
      : `differs by ${difference.toExponential(1)}${mergedOf(rest)}`;
  return `${right ? 'ok   ' : 'WRONG'} ${name.padEnd(40)} ${outcome}`;
}

async function main() {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'ranksweep-models-'));
  mkdirSync(folder, { recursive: true });
  try {
    const { tokens, cases } = make(folder);
    const file = join(folder, 'tokens.json');
    writeFileSync(file, JSON.stringify(tokens));
    const results = [];
    for (const one of cases) {
      results.push(await judge(one, file));
      console.error(lineOf(results.at(-1)));
    }
    report(results);
  } finally {
    if (!options.folder) rmSync(folder, { recursive: true });
  }
}

function report(results) {
  const known = (values) => values.filter((value) => value !== undefined);
  const differences = known(results.map(({ difference }) => difference));
  const merged = known(results.map(({ mergedDifference }) => mergedDifference));
  const wrong = results.filter(({ right }) => !right).map(({ name }) => name);
  console.log(
    JSON.stringify({
      cases: results.length,
      scored: differences.length,
      refused: results.length - differences.length,
      largestDifference: Math.max(0, ...differences),
      merged: merged.length,
      largestMergedDifference: Math.max(0, ...merged),
      wrong,
    }),
  );
  process.exitCode = wrong.length > 0 ? 1 : 0;
}

await main();
