import * as tf from '@tensorflow/tfjs';
import { headName, tensorNames } from './layout.js';
import type { Layers } from './llama.js';
import type { ModelConfig } from './model-config.js';
import { frozenLinear, frozenRmsNorm, linear, rmsNorm, withoutGradient } from './ops.js';
import { frozenLayerNorm, layerNorm } from './ops-gpt2.js';
import type { TensorFile } from './safetensors.js';

/** Weights on the backend, by name. Whoever made them disposes of them. */
export type WeightTensors = Map<string, tf.Tensor>;

export function toTensors(weights: TensorFile): WeightTensors {
  return new Map([...weights].map(([name, { values, shape }]) => [name, tf.tensor(values, shape)]));
}

/** No weight has a gradient. */
export function frozenLayers(config: ModelConfig, weights: WeightTensors): Layers {
  const layers = layersOf(config, weights, FROZEN);
  return { ...layers, embed: (ids) => withoutGradient(layers.embed(ids)) };
}

/** Every weight has a gradient; tied embeddings get the sum of both uses. */
export function trainableLayers(config: ModelConfig, weights: WeightTensors): Layers {
  return layersOf(config, weights, TRAINABLE);
}

const FROZEN = { linear: frozenLinear, rmsNorm: frozenRmsNorm, layerNorm: frozenLayerNorm };
const TRAINABLE: typeof FROZEN = { linear, rmsNorm, layerNorm };

function layersOf(config: ModelConfig, weights: WeightTensors, ops: typeof FROZEN): Layers {
  const weight = (name: string) => {
    const found = weights.get(name);
    if (!found) throw new Error(`no weight ${name}`);
    return found;
  };
  const { embedding, positions } = tensorNames(config);
  return {
    embed: (ids) => tf.gather(weight(embedding), ids as tf.Tensor1D),
    embedPositions: (at) => tf.gather(weight(positions!), at as tf.Tensor1D),
    linear: (x, name) => addBias(ops.linear(x, weight(`${name}.weight`)), weights, name),
    norm(x, name) {
      const bias = weights.get(`${name}.bias`);
      if (bias) return ops.layerNorm(x, weight(`${name}.weight`), bias, config.normEpsilon);
      return ops.rmsNorm(x, weight(`${name}.weight`), config.normEpsilon);
    },
    head: (x) => ops.linear(x, weight(headName(config))),
  };
}

/** y, and the bias of a module where it has one. */
export function addBias(y: tf.Tensor, weights: WeightTensors, module: string): tf.Tensor {
  const bias = weights.get(`${module}.bias`);
  return bias ? tf.add(y, bias) : y;
}
