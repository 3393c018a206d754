import type { Problem } from '../core/errors.js';
import { ACTIVATION_NAMES, nameOfActivation } from './activations.js';
import { divides, type Json, oneOf, positiveInt } from './config-values.js';
import type { ModelConfig } from './model-config.js';

const SIZES = {
  vocabularySize: 'vocab_size',
  hiddenSize: 'n_embd',
  layers: 'n_layer',
  heads: 'n_head',
  contextLength: 'n_positions',
} as const;
type Size = keyof typeof SIZES;

const MODULES = ['ln_1', 'attn.c_attn', 'attn.c_proj', 'ln_2', 'mlp.c_fc', 'mlp.c_proj'];

export function gpt2Problems(json: Json): Problem[] {
  const sizes = Object.values(SIZES).flatMap((key) => positiveInt(json, key));
  if (json.n_inner != null) sizes.push(...positiveInt(json, 'n_inner'));
  return [
    ...(sizes.length > 0 ? sizes : divides(json, 'n_embd', 'n_head')),
    ...oneOf(json, 'activation_function', Object.keys(ACTIVATION_NAMES)),
    ...oneOf(json, 'scale_attn_weights', [true, false]),
    ...oneOf(json, 'scale_attn_by_inverse_layer_idx', [true, false]),
    ...oneOf(json, 'add_cross_attention', [false]),
  ];
}

/** Of a config without problems. */
export function readGpt2(json: Json): ModelConfig {
  const read = Object.entries(SIZES).map(([name, key]) => [name, json[key] as number]);
  const sizes = Object.fromEntries(read) as Record<Size, number>;
  return {
    architecture: 'GPT2LMHeadModel',
    ...sizes,
    intermediateSize: (json.n_inner as number | null | undefined) ?? 4 * sizes.hiddenSize,
    keyValueHeads: sizes.heads,
    headDimension: sizes.hiddenSize / sizes.heads,
    slidingWindow: null,
    activation: ACTIVATION_NAMES[(json.activation_function as string | undefined) ?? 'gelu_new']!,
    attentionScaling: {
      byDimension: json.scale_attn_weights !== false,
      byLayer: json.scale_attn_by_inverse_layer_idx === true,
    },
    normEpsilon: (json.layer_norm_epsilon as number | undefined) ?? 1e-5,
    ropeTheta: 10_000,
    ropeScaling: null,
    tiedEmbeddings: json.tie_word_embeddings !== false,
    biases: MODULES,
  };
}

export function writeGpt2(config: ModelConfig): Json {
  const sizes = Object.entries(SIZES).map(([name, key]) => [key, config[name as Size]]);
  return {
    ...Object.fromEntries(sizes),
    n_inner: config.intermediateSize,
    activation_function: nameOfActivation(config.activation),
    scale_attn_weights: config.attentionScaling.byDimension,
    scale_attn_by_inverse_layer_idx: config.attentionScaling.byLayer,
    layer_norm_epsilon: config.normEpsilon,
  };
}
