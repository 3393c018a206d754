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
    const path = `transformer.h.${layer}`;
    const seen = attend(config, layers, rows, layer, layers.norm(x, `${path}.ln_1`));
    const select = layer === config.layers - 1 ? wantedOf(rows) : (all: tf.Tensor) => all;
    x = tf.add(select(x), layers.linear(select(seen), `${path}.attn.c_proj`));
    const wide = layers.linear(layers.norm(x, `${path}.ln_2`), `${path}.mlp.c_fc`);
    x = tf.add(x, layers.linear(activate(wide, config.activation), `${path}.mlp.c_proj`));
  }
  return layers.norm(x, 'transformer.ln_f');
}

function attend(
  config: ModelConfig,
  layers: Layers,
  { length, starts }: Rows,
  layer: number,
  x: tf.Tensor,
): tf.Tensor {
  const { heads, keyValueHeads } = config;
  const [q, k, v] = tf.split(layers.linear(x, `transformer.h.${layer}.attn.c_attn`), 3, 1);
  const shape = starts ? { length, heads, keyValueHeads, starts } : { length, heads, keyValueHeads };
  return rotaryAttention(scaled(q!, config, layer), k!, v!, null, shape);
}

/** Attention divides by √d; a model that does not, or that divides by its layer's number too, has that in its q. */
function scaled(q: tf.Tensor, { attentionScaling, headDimension }: ModelConfig, layer: number): tf.Tensor {
  const { byDimension, byLayer } = attentionScaling;
  const factor = (byDimension ? 1 : Math.sqrt(headDimension)) / (byLayer ? layer + 1 : 1);
  return factor === 1 ? q : tf.mul(q, factor);
}
