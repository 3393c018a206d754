import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { RunConfig } from '../core/run-config.js';
import { saveAdapter, scalesOf } from './adapter-files.js';
import { type Checkpoint, saveCheckpoint } from './checkpoint.js';
import { frozenLayers, toTensors, trainableLayers } from './layers.js';
import type { Layers } from './llama.js';
import { type DropoutDraw, initialAdapter, loraLayers, loraScale } from './lora.js';
import { Parameters } from './parameters.js';

/** Where weights are kept, and what is known of them then. */
export interface Destination {
  outputFolder: string;
  baseHash: string;
  endOfText: number;
  step: number;
}

/** What is trained: an adapter on frozen weights, or all weights. */
export interface Method {
  parameters: Parameters;
  /** the layers as they are now, for evaluation: no dropout */
  layers(): Layers;
  /** the layers for training step n (from 1), with that step's dropout */
  trainingLayers(step: number): Layers;
  /** the layers of the base; for the full method only before the first step */
  baseLayers(): Layers;
  /** @returns the adapter's folder, or null if a whole checkpoint was written */
  save(destination: Destination): Promise<string | null>;
  dispose(): void;
}

/** @param base with the LoRA method its weights are taken out of it */
export function createMethod(config: RunConfig, base: Checkpoint): Method {
  return config.method === 'lora' ? createLora(config, base) : createFull(config, base);
}

function createLora(config: RunConfig, base: Checkpoint): Method {
  const { lora, seed } = config;
  const weights = toTensors(base.weights);
  // The backend has them now: a second copy in JavaScript would only take memory.
  base.weights.clear();
  const frozen = frozenLayers(base.config, weights);
  const parameters = new Parameters(initialAdapter(base.config, lora, seed));
  const scale = loraScale(lora);
  const adapted = (draw?: DropoutDraw) => loraLayers(frozen, weights, parameters.tensors, scale, draw);
  return {
    parameters,
    layers: () => adapted(),
    trainingLayers: (step) => adapted({ rate: lora.dropout, seed, step }),
    baseLayers: () => frozen,
    async save({ outputFolder, baseHash, step }) {
      const folder = join(outputFolder, 'adapter');
      const scales = scalesOf(lora, parameters.values);
      await saveAdapter(folder, parameters.values, {
        config,
        scales,
        base: { path: config.model, hash: baseHash },
        step,
      });
      return folder;
    },
    dispose() {
      parameters.dispose();
      tf.dispose([...weights.values()]);
    },
  };
}

function createFull(config: RunConfig, base: Checkpoint): Method {
  const copy = new Map(
    [...base.weights].map(([name, { shape, values }]) => [name, { shape, values: values.slice() }]),
  );
  const parameters = new Parameters(copy);
  const layers = () => frozenLayers(base.config, parameters.tensors);
  return {
    parameters,
    layers,
    trainingLayers: () => trainableLayers(base.config, parameters.tensors),
    baseLayers: layers,
    async save({ outputFolder, endOfText }) {
      const options = { dtype: 'F32' as const, endOfText, tokenizerFolder: config.model };
      await saveCheckpoint(join(outputFolder, 'checkpoint'), { config: base.config, weights: copy }, options);
      return null;
    },
    dispose: () => parameters.dispose(),
  };
}
