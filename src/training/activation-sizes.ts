import type { BatchShape } from './batch-shapes.js';
import { layerMatrices } from './layout.js';
import type { ModelConfig } from './model-config.js';

// How many numbers the forward pass of a step leaves in memory: each operation's output stays until the pass has ended.
// D hidden size   F width of the feed-forward part   Q, K widths of queries and keys   N rows   M rows that are asked for

/** Numbers of all layers together, attention's probabilities included, logits not. */
export function activationCount(model: ModelConfig, { rows, predicted, width }: BatchShape): number {
  const { hiddenSize: d, layers, heads, headDimension } = model;
  const before = widthBefore(model) + biasWidth(model, isBefore) + heads * width;
  const after = widthAfter(model) + biasWidth(model, (module) => !isBefore(module));
  // The last layer's rows are left behind before its output projection, by copies of those that stay; a last norm follows.
  const last = after + d + heads * headDimension + d;
  // Learned positions are added to what is embedded: three tensors instead of one.
  const embedded = isGpt2(model) ? 3 * d : d;
  return rows * (embedded + layers * before + (layers - 1) * after) + predicted * last;
}

/** The same where each layer is computed again in the backward pass: every layer's input, and one layer at a time. */
export function recomputedCount(model: ModelConfig, shape: BatchShape): number {
  const one = activationCount({ ...model, layers: 1 }, { ...shape, predicted: shape.rows });
  return one + (model.layers - 1) * shape.rows * model.hiddenSize;
}

const isGpt2 = ({ architecture }: ModelConfig) => architecture === 'GPT2LMHeadModel';

/** Of a layer's tensors up to attention's output. */
function widthBefore(model: ModelConfig): number {
  const { hiddenSize: d, headDimension, heads, keyValueHeads } = model;
  const [q, k] = [heads * headDimension, keyValueHeads * headDimension];
  // norm with what its gradient needs; q, k and v in one, then each by itself; attention
  if (isGpt2(model)) return 2 * d + 3 * d + 3 * d + d;
  const headNorms = model.architecture === 'Qwen3ForCausalLM' ? q + k : 0;
  // norm; q, k, v; q and k turned; attention
  return d + (q + 2 * k) + (q + k) + q + headNorms;
}

/** Of a layer's tensors after attention. */
function widthAfter(model: ModelConfig): number {
  const { hiddenSize: d, intermediateSize: f } = model;
  // projection, sum, norm with what its gradient needs, wide, tanh, GELU, down, sum
  if (isGpt2(model)) return 6 * d + 3 * f;
  // projection, sum, norm, gate, up, their product, down, sum
  return 5 * d + 3 * f;
}

/** A bias is added to a copy. */
function biasWidth(model: ModelConfig, isCounted: (module: string) => boolean): number {
  const matrices = Object.entries(layerMatrices(model));
  const own = matrices.filter(([name]) => model.biases.includes(name) && isCounted(name));
  return own.reduce((sum, [, [out]]) => sum + out, 0);
}

const isBefore = (module: string) => /\.([qkv]_proj|c_attn)$/.test(module);
