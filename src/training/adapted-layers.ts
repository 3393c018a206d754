import * as tf from '@tensorflow/tfjs';
import { keyOfMagnitude } from './adapter-keys.js';
import type { Checkpoint } from './checkpoint.js';
import { frozenLayers, toTensors, type WeightTensors } from './layers.js';
import type { Layers } from './llama.js';
import { type DropoutDraw, loraLayers, type Scale } from './lora.js';
import type { ModelConfig } from './model-config.js';
import { withSavedModules } from './saved-modules.js';

/** A base on the backend, for any number of adapters. */
export interface FrozenBase {
  config: ModelConfig;
  layers: Layers;
  weights: WeightTensors;
  /** for DoRA: the squared length of each row of a weight, by module path */
  squares: WeightTensors;
}

/** The caller disposes of `weights` and `squares`. */
export function frozenBase({ config, weights: values }: Checkpoint): FrozenBase {
  const weights = toTensors(values);
  return { config, layers: frozenLayers(config, weights), weights, squares: new Map() };
}

/** Makes ready for DoRA what does not change while it trains. @param keys the adapter's */
export function addSquares({ weights, squares }: FrozenBase, keys: ReadonlySet<string>): void {
  for (const [name, weight] of weights) {
    const module = name.replace(/\.weight$/, '');
    if (squares.has(module) || !keys.has(keyOfMagnitude(module))) continue;
    squares.set(
      module,
      tf.tidy(() => tf.sum(tf.square(weight), 1)),
    );
  }
}

/** The base under an adapter, to train or to compute with. @param adapter tensors by PEFT's keys */
export function adaptedLayers(
  { config, layers, weights, squares }: FrozenBase,
  adapter: WeightTensors,
  scale: Scale,
  draw?: DropoutDraw,
): Layers {
  return withSavedModules(config, loraLayers(layers, weights, adapter, scale, draw, squares), adapter);
}
