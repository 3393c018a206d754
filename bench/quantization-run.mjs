/**
 * One entrant of `npm run bench:quantization` in a process of its own: `node --expose-gc bench/quantization-run.mjs BACKEND FOLDER STEPS KIND`.
 * Trains an adapter on the checkpoint in FOLDER with its base kept as KIND, prints one line of JSON. Memory in MiB.
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

const [backend, folder, steps, quantization] = process.argv.slice(2);
const { sequences, settings } = JSON.parse(readFileSync(join(folder, 'batch.json'), 'utf8'));
const config = runConfigSchema.parse({
  model: folder,
  data: { train: 'none' },
  quantization,
  lora: { rank: settings.rank, alpha: settings.alpha },
  optimizer: { learningRate: settings.learningRate, weightDecay: settings.weightDecay },
  steps: Number(steps),
});

const MIB = 2 ** 20;
const peak = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]) / 1024;

async function resident() {
  for (let i = 0; i < 3; i++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return process.memoryUsage.rss() / MIB;
}

const bytesOf = (parts) => parts.reduce((sum, part) => sum + (part.byteLength ?? 0), 0);
/** Of what the layers' matrices and everything else take. */
function sizes({ weights, quantized }) {
  const matrices = [...weights].filter(
    ([name, { shape }]) => shape.length === 2 && name.includes('.layers.'),
  );
  const dense = bytesOf([...weights.values()].map(({ values }) => values));
  const inLayers = bytesOf(matrices.map(([, { values }]) => values));
  const codes = [...(quantized?.values() ?? [])].map((matrix) => bytesOf(Object.values(matrix)));
  return {
    matricesMiB: (inLayers + codes.reduce((a, b) => a + b, 0)) / MIB,
    othersMiB: (dense - inLayers) / MIB,
  };
}

async function step(base, method, optimizer, number) {
  const batch = toBatch(base.config, packRows(sequences, primitives().takesLongRows));
  const layers = method.trainingLayers(number);
  const lossOf = () => crossEntropy(forward(base.config, layers, batch.rows), batch.targets, batch.weights);
  const { loss } = await method.parameters.train(
    lossOf,
    optimizer,
    settings.learningRate,
    settings.gradientClip,
  );
  disposeBatch(batch);
  return loss;
}

const cpuMs = (since) => {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
};

const { versions } = await chooseBackend(backend);
const emptyMiB = await resident();
const began = process.cpuUsage();
const base = await loadCheckpoint(folder, quantization);
const kept = sizes(base);
const method = createMethod(config, base);
const loadCpuMs = cpuMs(began);
const loadPeakMiB = peak();
const loadedMiB = (await resident()) - emptyMiB;
const optimizer = new AdamW(config.optimizer);
const [losses, stepCpuMs] = [[], []];
for (let number = 1; number <= config.steps; number++) {
  const cpu = process.cpuUsage();
  losses.push(await step(base, method, optimizer, number));
  stepCpuMs.push(cpuMs(cpu));
}
const memory = { ...kept, emptyMiB, loadedMiB, loadPeakMiB, peakMiB: peak() };
console.log(JSON.stringify({ ...memory, loadCpuMs, stepCpuMs, losses, versions }));
