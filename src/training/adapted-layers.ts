import * as tf from '@tensorflow/tfjs';
import { HEAD, weightName } from './adapted-modules.js';
import { keyOfA, keyOfMagnitude, modulesOf } from './adapter-keys.js';
import type { Checkpoint } from './checkpoint.js';
import { disposeWeights, type FrozenWeights, withDense } from './frozen-weight.js';
import { frozenLayers, type WeightTensors } from './layers.js';
import { headName } from './layout.js';
import type { Layers } from './llama.js';
import { adaptedLinear, type DropoutDraw, loraLayers, type Scale } from './lora.js';
import type { ModelConfig } from './model-config.js';
import { toFrozen } from './quantization/quantized-tensor.js';
import { withSavedModules } from './saved-modules.js';

/** A base on the backend, for any number of adapters. */
export interface FrozenBase {
  config: ModelConfig;
  layers: Layers;
  weights: FrozenWeights;
  /** for DoRA: the squared length of each row of a weight, by module path */
  squares: WeightTensors;
}

/** disposeBase ends it. */
export function frozenBase(checkpoint: Checkpoint): FrozenBase {
  const { config } = checkpoint;
  const weights = toFrozen(checkpoint);
  return { config, layers: frozenLayers(config, weights), weights, squares: new Map() };
}

export function disposeBase({ weights, squares }: FrozenBase): void {
  disposeWeights(weights);
  tf.dispose([...squares.values()]);
}

/** Makes ready for DoRA what does not change while it trains. @param keys the adapter's */
export function addSquares({ config, weights, squares }: FrozenBase, keys: ReadonlySet<string>): void {
  for (const module of modulesOf(keys)) {
    if (squares.has(module) || !keys.has(keyOfMagnitude(module))) continue;
    const weight = weights.get(weightName(module, config))!;
    squares.set(
      module,
      tf.tidy(() => withDense(weight, (dense) => tf.sum(tf.square(dense), 1))),
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
  const adaptation = { adapter, scale, draw, squares };
  const adapted = loraLayers(layers, weights, adapter, scale, draw, squares);
  const head: Layers['head'] = (x) => adaptedLinear(x, HEAD, weights.get(headName(config))!, adaptation);
  return withSavedModules(config, adapter.has(keyOfA(HEAD)) ? { ...adapted, head } : adapted, adapter);
}
