import * as tf from '@tensorflow/tfjs';
import { keyOfSaved } from './adapter-keys.js';
import type { WeightTensors } from './layers.js';
import { tensorNames } from './layout.js';
import type { Layers } from './llama.js';
import type { ModelConfig } from './model-config.js';
import { gatherRows, linear, rmsNorm } from './ops.js';
import { layerNorm } from './ops-gpt2.js';

/**
 * Layers with modules_to_save in place of their own, with gradients. Of a tied embedding and head only what is saved changes, as in PEFT.
 * @param adapter by PEFT's keys, looked up at each use
 */
export function withSavedModules(config: ModelConfig, layers: Layers, adapter: WeightTensors): Layers {
  const own = (name: string) => adapter.get(keyOfSaved(name));
  const { embedding, positions, head } = tensorNames(config);
  return {
    embed(ids) {
      const table = own(embedding);
      return table ? gatherRows(table, ids) : layers.embed(ids);
    },
    embedPositions(at) {
      const table = own(positions!);
      return table ? gatherRows(table, at) : layers.embedPositions(at);
    },
    linear(x, name) {
      const [weight, bias] = [own(`${name}.weight`), own(`${name}.bias`)];
      if (!weight) return layers.linear(x, name);
      return bias ? tf.add(linear(x, weight), bias) : linear(x, weight);
    },
    norm(x, name) {
      const [weight, bias] = [own(`${name}.weight`), own(`${name}.bias`)];
      if (!weight) return layers.norm(x, name);
      return bias ? layerNorm(x, weight, bias, config.normEpsilon) : rmsNorm(x, weight, config.normEpsilon);
    },
    head(x) {
      const weight = own(head);
      return weight ? linear(x, weight) : layers.head(x);
    },
  };
}
