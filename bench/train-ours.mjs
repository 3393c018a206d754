/**
 * One entrant of `npm run bench:train` in a process of its own: `node bench/train-ours.mjs BACKEND FOLDER STEPS`.
 * Trains the checkpoint in FOLDER on the tokens of FOLDER/batch.json with the trainer's own step, prints one line of JSON.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { runConfigSchema } from '../dist/src/core/run-config.js';
import { AdamW } from '../dist/src/training/adamw.js';
import { chooseBackend } from '../dist/src/training/backends.js';
import { disposeBatch, packRows, toBatch } from '../dist/src/training/batches.js';
import { loadCheckpoint } from '../dist/src/training/checkpoint.js';
import { forward } from '../dist/src/training/llama.js';
import { createMethod } from '../dist/src/training/method.js';
import { crossEntropy, primitives } from '../dist/src/training/ops.js';

const [backend, folder, stepsText] = process.argv.slice(2);
const { sequences, settings } = JSON.parse(readFileSync(join(folder, 'batch.json'), 'utf8'));
const config = runConfigSchema.parse({
  model: folder,
  data: { train: 'none' },
  lora: { rank: settings.rank, alpha: settings.alpha },
  optimizer: { learningRate: settings.learningRate, weightDecay: settings.weightDecay },
  steps: Number(stepsText),
});

/** The most memory that this process has had, in MiB. */
function peakMiB() {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;
  } catch {
    return process.resourceUsage().maxRSS / 1024;
  }
}

async function step(base, method, optimizer, number) {
  const batch = toBatch(base.config, packRows(sequences, primitives().takesLongRows));
  const layers = method.trainingLayers(number);
  const lossOf = () => crossEntropy(forward(base.config, layers, batch.rows), batch.targets, batch.weights);
  const { learningRate, gradientClip } = settings;
  const { loss } = await method.parameters.train(lossOf, optimizer, learningRate, gradientClip);
  disposeBatch(batch);
  return loss;
}

const { versions } = await chooseBackend(backend);
const base = await loadCheckpoint(folder);
const method = createMethod(config, base);
const optimizer = new AdamW(config.optimizer);
const [losses, cpuMs, wallMs] = [[], [], []];
for (let number = 1; number <= config.steps; number++) {
  const [began, cpu] = [performance.now(), process.cpuUsage()];
  losses.push(await step(base, method, optimizer, number));
  const { user, system } = process.cpuUsage(cpu);
  cpuMs.push((user + system) / 1000);
  wallMs.push(performance.now() - began);
}
console.log(JSON.stringify({ losses, cpuMs, wallMs, peakMiB: peakMiB(), versions }));
