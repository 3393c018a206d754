import * as tf from '@tensorflow/tfjs';
import { HEAD, moduleOf, weightName } from './adapted-modules.js';
import {
  keyOfA,
  keyOfEmbeddingA,
  keyOfEmbeddingB,
  keyOfMagnitude,
  keyOfSaved,
  modulesOf,
} from './adapter-keys.js';
import type { Checkpoint } from './checkpoint.js';
import { disposeWeights, type FrozenWeights, withDense } from './frozen-weight.js';
import { frozenLayers, type WeightTensors } from './layers.js';
import { headName, tensorNames } from './layout.js';
import type { Layers } from './llama.js';
import { adaptedLinear, type DropoutDraw, loraLayers, type Scale, scaleOf } from './lora.js';
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

/** disposeBase ends it. @param taken whether the checkpoint loses its values, so that they are in memory once */
export function frozenBase(checkpoint: Checkpoint, taken = false): FrozenBase {
  const { config } = checkpoint;
  const weights = toFrozen(checkpoint, taken);
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
  const biased = withOwnBiases(weights, adapter);
  const base = biased === weights ? layers : frozenLayers(config, biased);
  const adapted = withEmbeddings(
    config,
    loraLayers(base, biased, adapter, scale, draw, squares),
    adapter,
    scale,
  );
  const head: Layers['head'] = (x) => adaptedLinear(x, HEAD, weights.get(headName(config))!, adaptation);
  return withSavedModules(config, adapter.has(keyOfA(HEAD)) ? { ...adapted, head } : adapted, adapter);
}

/** The base's weights with the biases that the adapter replaces; the same map if it replaces none. */
function withOwnBiases(weights: FrozenWeights, adapter: WeightTensors): FrozenWeights {
  const names = [...weights.keys()].filter((name) => name.endsWith('.bias') && adapter.has(keyOfSaved(name)));
  if (names.length === 0) return weights;
  return new Map([...weights, ...names.map((name) => [name, adapter.get(keyOfSaved(name))!] as const)]);
}

/** Embeddings with matrices of their own: row t is W[t] + s·A[:,t]·Bᵀ. To compute with: not every backend has A's gradient. */
function withEmbeddings(config: ModelConfig, layers: Layers, adapter: WeightTensors, scale: Scale): Layers {
  const { embedding, positions } = tensorNames(config);
  const wrapped = (plain: Layers['embed'], name: string | null): Layers['embed'] => {
    const module = moduleOf(name ?? '');
    const [a, b] = [adapter.get(keyOfEmbeddingA(module)), adapter.get(keyOfEmbeddingB(module))];
    if (!a || !b) return plain;
    const update = (ids: tf.Tensor) => tf.matMul(tf.gather(a, ids as tf.Tensor1D, 1), b, true, true);
    return (ids) => tf.add(plain(ids), tf.mul(update(ids), scaleOf(scale, module)));
  };
  return {
    ...layers,
    embed: wrapped(layers.embed, embedding),
    embedPositions: wrapped(layers.embedPositions, positions),
  };
}
