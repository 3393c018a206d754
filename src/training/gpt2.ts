import * as tf from '@tensorflow/tfjs';
import { activate } from './activations.js';
import type { Layers, Rows } from './llama.js';
import type { ModelConfig } from './model-config.js';
import { rotaryAttention } from './ops.js';
import { wantedOf } from './wanted-rows.js';

// GPT-2 (Radford et al. 2019): LayerNorm before each block, learned positions, q, k and v in one matrix, GELU.

/** As hiddenStates of llama.ts. */
export function gpt2States(config: ModelConfig, layers: Layers, rows: Rows): tf.Tensor {
  let x: tf.Tensor = tf.add(layers.embed(rows.ids), layers.embedPositions(rows.positions!));
  for (let layer = 0; layer < config.layers; layer++) {
    const block = (input: tf.Tensor) => decoderLayer(config, layers, rows, layer, input);
    x = layers.block ? layers.block(x, `transformer.h.${layer}`, block) : block(x);
  }
  return layers.norm(x, 'transformer.ln_f');
}

function decoderLayer(
  config: ModelConfig,
  layers: Layers,
  rows: Rows,
  layer: number,
  input: tf.Tensor,
): tf.Tensor {
  const path = `transformer.h.${layer}`;
  const seen = attend(config, layers, rows, layer, layers.norm(input, `${path}.ln_1`));
  const select = layer === config.layers - 1 ? wantedOf(rows) : (all: tf.Tensor) => all;
  const x = tf.add(select(input), layers.linear(select(seen), `${path}.attn.c_proj`));
  const wide = layers.linear(layers.norm(x, `${path}.ln_2`), `${path}.mlp.c_fc`);
  return tf.add(x, layers.linear(activate(wide, config.activation), `${path}.mlp.c_proj`));
}

function attend(
  config: ModelConfig,
  layers: Layers,
  { length, starts, cache }: Rows,
  layer: number,
  x: tf.Tensor,
): tf.Tensor {
  const { heads, keyValueHeads } = config;
  const [q, k, v] = tf.split(layers.linear(x, `transformer.h.${layer}.attn.c_attn`), 3, 1);
  if (cache) return cache.attend(layer, scaled(q!, config, layer), k!, v!, null);
  const shape = starts ? { length, heads, keyValueHeads, starts } : { length, heads, keyValueHeads };
  return rotaryAttention(scaled(q!, config, layer), k!, v!, null, shape);
}

/** Attention divides by √d; a model that does not, or that divides by its layer's number too, has that in its q. */
function scaled(q: tf.Tensor, { attentionScaling, headDimension }: ModelConfig, layer: number): tf.Tensor {
  const { byDimension, byLayer } = attentionScaling;
  const factor = (byDimension ? 1 : Math.sqrt(headDimension)) / (byLayer ? layer + 1 : 1);
  return factor === 1 ? q : tf.mul(q, factor);
}
