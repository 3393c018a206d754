import * as tf from '@tensorflow/tfjs';
import { activate } from './activations.js';
import { gpt2States } from './gpt2.js';
import type { KeyValueCache } from './key-value-cache.js';
import type { ModelConfig } from './model-config.js';
import { rotaryAttention, swiglu } from './ops.js';
import { ropeFrequencies, ropeLength } from './rope.js';
import { wantedOf } from './wanted-rows.js';

// The Llama decoder (Touvron et al. 2023): RMSNorm before each block, rotary positions, grouped queries, SwiGLU. Mistral is the
// same, Qwen2 and Qwen3 are with biases, and with an RMSNorm on each head of q and k.
// N rows (sequences of T tokens, one after the other)   D hidden size   V vocabulary

/** Token ids on the backend, as rows of T tokens one after the other, with the tables that depend on T. */
export interface Rows {
  /** int32 [N] */
  ids: tf.Tensor;
  /** tokens per row of the batch, T */
  length: number;
  /** int32 [N]: where, in its row, the example of a token begins; absent: at 0 */
  starts?: tf.Tensor;
  /** int32 [M], ascending: the rows whose next token is asked for; absent: all */
  wanted?: tf.Tensor;
  /** rotary tables, [T,d/2] or one line for each row [N,d/2]; absent with learned positions */
  cos?: tf.Tensor;
  sin?: tf.Tensor;
  /** int32 [N] for learned positions */
  positions?: tf.Tensor;
  /** what earlier tokens left, where answers are written */
  cache?: KeyValueCache;
}

/**
 * Puts rows on the backend; made before the gradient's tape begins, since that disposes of what is made inside.
 * @param length T, a divisor of ids.length
 */
export function toRows(config: ModelConfig, ids: Int32Array, length: number, starts?: Int32Array): Rows {
  const int32 = (values: Int32Array) => tf.tensor(values, [values.length], 'int32');
  const tables =
    config.architecture === 'GPT2LMHeadModel'
      ? { positions: int32(positionsOf(ids.length, length, starts ?? new Int32Array(ids.length))) }
      : rotaryTables(config, positionsOf(ids.length, length, starts));
  const rows = { ids: int32(ids), length, ...tables };
  return starts ? { ...rows, starts: int32(starts) } : rows;
}

export function disposeRows({ ids, starts, wanted, cos, sin, positions }: Rows): void {
  for (const tensor of [ids, starts, wanted, cos, sin, positions]) tensor?.dispose();
}

/** How the layers are computed: with frozen weights, trainable ones, or frozen ones under an adapter. */
export interface Layers {
  embed(ids: tf.Tensor): tf.Tensor;
  /** learned positions, where the architecture has them */
  embedPositions(positions: tf.Tensor): tf.Tensor;
  /** `name` is the module's path, e.g. model.layers.0.self_attn.q_proj */
  linear(x: tf.Tensor, name: string): tf.Tensor;
  norm(x: tf.Tensor, name: string): tf.Tensor;
  /** [N,D] → logits [N,V] */
  head(x: tf.Tensor): tf.Tensor;
  /** x through one layer, whose path is given, where that is not just compute(x) */
  block?(x: tf.Tensor, path: string, compute: (x: tf.Tensor) => tf.Tensor): tf.Tensor;
}

/** Logits [N,V] of the next token, or [M,V] of the wanted rows. */
export function forward(config: ModelConfig, layers: Layers, rows: Rows): tf.Tensor {
  return layers.head(hiddenStates(config, layers, rows));
}

/**
 * The last layer's output after the final norm, [N,D] or [M,D]. After the last attention rows no longer see each other, so that
 * prompts and padding are left behind there: most of a layer, and the head.
 */
export function hiddenStates(config: ModelConfig, layers: Layers, rows: Rows): tf.Tensor {
  if (config.architecture === 'GPT2LMHeadModel') return gpt2States(config, layers, rows);
  let x = layers.embed(rows.ids);
  for (let layer = 0; layer < config.layers; layer++) {
    const block = (input: tf.Tensor) => decoderLayer(config, layers, rows, layer, input);
    x = layers.block ? layers.block(x, `model.layers.${layer}`, block) : block(x);
  }
  return layers.norm(x, 'model.norm');
}

/** [N,D] → [N,D]; the last layer's [M,D] */
function decoderLayer(
  config: ModelConfig,
  layers: Layers,
  rows: Rows,
  layer: number,
  input: tf.Tensor,
): tf.Tensor {
  const path = `model.layers.${layer}`;
  const seen = attend(config, layers, rows, layer, layers.norm(input, `${path}.input_layernorm`));
  const select = layer === config.layers - 1 ? wantedOf(rows) : (all: tf.Tensor) => all;
  const x = tf.add(select(input), layers.linear(select(seen), `${path}.self_attn.o_proj`));
  return tf.add(x, feedForward(config, layers, path, layers.norm(x, `${path}.post_attention_layernorm`)));
}

/** What each row sees, [N,H·d], before the output projection. */
function attend(
  config: ModelConfig,
  layers: Layers,
  { length, starts, cos, sin, cache }: Rows,
  layer: number,
  x: tf.Tensor,
): tf.Tensor {
  const { heads, keyValueHeads } = config;
  const path = `model.layers.${layer}`;
  const project = (name: string) => layers.linear(x, `${path}.self_attn.${name}`);
  const norm = (y: tf.Tensor, name: string) =>
    config.architecture === 'Qwen3ForCausalLM' ? headNorm(config, layers, y, `${path}.self_attn.${name}`) : y;
  const [q, k] = [norm(project('q_proj'), 'q_norm'), norm(project('k_proj'), 'k_norm')];
  const tables = { cos: cos!, sin: sin! };
  if (cache) return cache.attend(layer, q, k, project('v_proj'), tables);
  const shape = starts ? { length, heads, keyValueHeads, starts } : { length, heads, keyValueHeads };
  return rotaryAttention(q, k, project('v_proj'), tables, shape);
}

/** Each head's d numbers are normalised by themselves. */
function headNorm({ headDimension }: ModelConfig, layers: Layers, x: tf.Tensor, name: string): tf.Tensor {
  return tf.reshape(layers.norm(tf.reshape(x, [-1, headDimension]), name), x.shape);
}

function feedForward({ activation }: ModelConfig, layers: Layers, path: string, x: tf.Tensor): tf.Tensor {
  const gate = layers.linear(x, `${path}.mlp.gate_proj`);
  const up = layers.linear(x, `${path}.mlp.up_proj`);
  const gated = activation === 'silu' ? swiglu(gate, up) : tf.mul(activate(gate, activation), up);
  return layers.linear(gated, `${path}.mlp.down_proj`);
}

/** Positions count from where the example of a row begins: what it is packed with changes nothing for it. */
function positionsOf(count: number, length: number, starts?: Int32Array): Int32Array {
  if (!starts) return Int32Array.from({ length }, (_, i) => i);
  return Int32Array.from({ length: count }, (_, i) => (i % length) - starts[i]!);
}

/** cos and sin of position·frequency for each position, [positions,d/2], in float32 as transformers computes them. */
function rotaryTables({ headDimension, ropeTheta, ropeScaling }: ModelConfig, positions: Int32Array) {
  const half = headDimension / 2;
  const frequencies = ropeFrequencies(headDimension, ropeTheta, ropeScaling);
  const length = ropeLength(ropeScaling);
  const angles = (position: number) => frequencies.map((frequency) => position * frequency);
  const table = (f: (x: number) => number) => {
    const count = positions.reduce((most, position) => Math.max(most, position + 1), 0);
    const known = Array.from({ length: count }, (_, position) =>
      angles(position).map((angle) => f(angle) * length),
    );
    const values = new Float32Array(positions.length * half);
    for (const [row, position] of positions.entries()) values.set(known[position]!, row * half);
    return tf.tensor(values, [positions.length, half]);
  };
  return { cos: table(Math.cos), sin: table(Math.sin) };
}
