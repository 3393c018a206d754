import * as tf from '@tensorflow/tfjs';
import type { FrozenWeight, FrozenWeights } from './frozen-weight.js';
import { headName, tensorNames } from './layout.js';
import type { Layers } from './llama.js';
import type { ModelConfig } from './model-config.js';
import { frozenLinear, frozenRmsNorm, gatherRows, linear, rmsNorm, withoutGradient } from './ops.js';
import { frozenLayerNorm, layerNorm } from './ops-gpt2.js';
import type { TensorFile } from './safetensors.js';

/** Weights on the backend, by name. Whoever made them disposes of them. */
export type WeightTensors = Map<string, tf.Tensor>;

export function toTensors(weights: TensorFile): WeightTensors {
  return new Map([...weights].map(([name, { values, shape }]) => [name, tf.tensor(values, shape)]));
}

/** No weight has a gradient. Matrices of the layers may be quantised; embeddings, norms, biases and the head are dense. */
export function frozenLayers(config: ModelConfig, weights: FrozenWeights): Layers {
  const layers = layersOf(config, weights, FROZEN);
  return { ...layers, embed: (ids) => withoutGradient(layers.embed(ids)) };
}

/** Every weight has a gradient; tied embeddings get the sum of both uses. */
export function trainableLayers(config: ModelConfig, weights: WeightTensors): Layers {
  return layersOf(config, weights, TRAINABLE);
}

/** How a kind of weights is computed with. */
interface LayerOps<Weight> {
  linear(x: tf.Tensor, w: Weight): tf.Tensor;
  rmsNorm(x: tf.Tensor, weight: tf.Tensor, epsilon: number): tf.Tensor;
  layerNorm(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor, epsilon: number): tf.Tensor;
}
const FROZEN: LayerOps<FrozenWeight> = {
  linear: frozenLinear,
  rmsNorm: frozenRmsNorm,
  layerNorm: frozenLayerNorm,
};
const TRAINABLE: LayerOps<tf.Tensor> = { linear, rmsNorm, layerNorm };

function layersOf<Weight extends FrozenWeight>(
  config: ModelConfig,
  weights: ReadonlyMap<string, Weight>,
  ops: LayerOps<Weight>,
): Layers {
  const { embedding, positions } = tensorNames(config);
  const tensor = (name: string) => denseWeight(weights, name);
  return {
    embed: (ids) => gatherRows(tensor(embedding), ids),
    embedPositions: (at) => gatherRows(tensor(positions!), at),
    linear: (x, name) => addBias(ops.linear(x, weightOf(weights, `${name}.weight`)), weights, name),
    norm(x, name) {
      const weight = tensor(`${name}.weight`);
      if (!weights.has(`${name}.bias`)) return ops.rmsNorm(x, weight, config.normEpsilon);
      return ops.layerNorm(x, weight, tensor(`${name}.bias`), config.normEpsilon);
    },
    head: (x) => ops.linear(x, weightOf(weights, headName(config))),
  };
}

function weightOf<Weight>(weights: ReadonlyMap<string, Weight>, name: string): Weight {
  const found = weights.get(name);
  if (!found) throw new Error(`no weight ${name}`);
  return found;
}

function denseWeight(weights: FrozenWeights, name: string): tf.Tensor {
  const found = weightOf(weights, name);
  if (found instanceof tf.Tensor) return found;
  throw new Error(`${name} is quantised, expected float32`);
}

/** y, and the bias of a module where it has one. */
export function addBias(y: tf.Tensor, weights: FrozenWeights, module: string): tf.Tensor {
  const name = `${module}.bias`;
  return weights.has(name) ? tf.add(y, denseWeight(weights, name)) : y;
}
