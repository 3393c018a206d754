import * as tf from '@tensorflow/tfjs';
import { EMBEDDING, HEAD } from './checkpoint.js';
import type { Layers } from './llama.js';
import type { ModelConfig } from './model-config.js';
import { frozenLinear, frozenRmsNorm, linear, rmsNorm } from './ops.js';
import type { TensorFile } from './safetensors.js';

/** Weights on the backend, by name. Whoever made them disposes of them. */
export type WeightTensors = Map<string, tf.Tensor>;

export function toTensors(weights: TensorFile): WeightTensors {
  return new Map([...weights].map(([name, { values, shape }]) => [name, tf.tensor(values, shape)]));
}

/** No weight has a gradient. */
export function frozenLayers(config: ModelConfig, weights: WeightTensors): Layers {
  return layersOf(config, weights, frozenLinear, frozenRmsNorm);
}

/** Every weight has a gradient; tied embeddings get the sum of both uses. */
export function trainableLayers(config: ModelConfig, weights: WeightTensors): Layers {
  return layersOf(config, weights, linear, rmsNorm);
}

function layersOf(
  config: ModelConfig,
  weights: WeightTensors,
  multiply: typeof linear,
  normalise: typeof rmsNorm,
): Layers {
  const weight = (name: string) => {
    const found = weights.get(name);
    if (!found) throw new Error(`no weight ${name}`);
    return found;
  };
  const head = config.tiedEmbeddings ? EMBEDDING : HEAD;
  return {
    embed: (ids) => tf.gather(weight(EMBEDDING), ids as tf.Tensor1D),
    linear: (x, name) => multiply(x, weight(`${name}.weight`)),
    norm: (x, name) => normalise(x, weight(`${name}.weight`), config.normEpsilon),
    head: (x) => multiply(x, weight(head)),
  };
}
