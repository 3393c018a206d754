import type { Problem } from '../core/errors.js';
import { ACTIVATION_NAMES, nameOfActivation } from './activations.js';
import { divides, type Json, oneOf, positiveInt } from './config-values.js';
import type { Architecture, ModelConfig } from './model-config.js';
import { ropeProblems, ropeScaling, ropeTheta, toHuggingFaceRope } from './rope.js';
import { hasWindow, layerTypeProblems, slidingWindow, writeWindow } from './sliding-window.js';

// Llama and its relatives: Qwen2 has biases on q, k and v, Qwen3 a norm on each head of q and k.

const SIZES = {
  vocabularySize: 'vocab_size',
  hiddenSize: 'hidden_size',
  intermediateSize: 'intermediate_size',
  layers: 'num_hidden_layers',
  heads: 'num_attention_heads',
  contextLength: 'max_position_embeddings',
} as const;
type Size = keyof typeof SIZES;

const [QKV, MLP] = [
  ['q_proj', 'k_proj', 'v_proj'],
  ['gate_proj', 'up_proj', 'down_proj'],
];

export function llamaProblems(json: Json, architecture: Architecture): Problem[] {
  return [...sizeProblems(json, architecture), ...optionProblems(json, architecture), ...ropeProblems(json)];
}

/** Of a config without problems. */
export function readLlama(json: Json, architecture: Architecture): ModelConfig {
  const sizes = Object.entries(SIZES).map(([name, key]) => [name, json[key] as number]);
  return {
    architecture,
    ...(Object.fromEntries(sizes) as Record<Size, number>),
    keyValueHeads: (json.num_key_value_heads ?? json.num_attention_heads) as number,
    headDimension: headDimension(json, architecture),
    slidingWindow: slidingWindow(json, architecture),
    activation: ACTIVATION_NAMES[(json.hidden_act as string | undefined) ?? 'silu']!,
    attentionScaling: { byDimension: true, byLayer: false },
    normEpsilon: (json.rms_norm_eps as number | undefined) ?? 1e-6,
    ropeTheta: ropeTheta(json),
    ropeScaling: ropeScaling(json),
    tiedEmbeddings: json.tie_word_embeddings === true,
    biases: biasesOf(json, architecture),
  };
}

export function writeLlama(config: ModelConfig): Json {
  const sizes = Object.entries(SIZES).map(([name, key]) => [key, config[name as Size]]);
  const has = (module: string) => config.biases.includes(module);
  return {
    ...Object.fromEntries(sizes),
    num_key_value_heads: config.keyValueHeads,
    head_dim: config.headDimension,
    hidden_act: nameOfActivation(config.activation),
    rms_norm_eps: config.normEpsilon,
    ...toHuggingFaceRope(config.ropeTheta, config.ropeScaling),
    attention_bias: has('self_attn.o_proj'),
    attention_dropout: 0,
    mlp_bias: has('mlp.gate_proj'),
    ...writeWindow(config),
  };
}

function biasesOf(json: Json, architecture: Architecture): string[] {
  if (architecture === 'MistralForCausalLM') return [];
  if (architecture === 'Qwen2ForCausalLM') return QKV.map((name) => `self_attn.${name}`);
  return [
    ...(json.attention_bias === true ? [...QKV, 'o_proj'].map((name) => `self_attn.${name}`) : []),
    ...(json.mlp_bias === true && architecture === 'LlamaForCausalLM'
      ? MLP.map((name) => `mlp.${name}`)
      : []),
  ];
}

/** Qwen3's default is 128, whatever the other sizes are. */
function headDimension(json: Json, architecture: Architecture): number {
  const fitting = (json.hidden_size as number) / (json.num_attention_heads as number);
  return (json.head_dim ?? (architecture === 'Qwen3ForCausalLM' ? 128 : fitting)) as number;
}

function sizeProblems(json: Json, architecture: Architecture): Problem[] {
  const problems = Object.values(SIZES).flatMap((key) => positiveInt(json, key));
  for (const key of ['num_key_value_heads', 'head_dim']) {
    if (json[key] != null) problems.push(...positiveInt(json, key));
  }
  if (problems.length > 0) return problems;
  return [
    ...divides(json, 'num_attention_heads', 'num_key_value_heads'),
    ...headProblems(json, architecture),
  ];
}

function headProblems(json: Json, architecture: Architecture): Problem[] {
  const dimension = headDimension(json, architecture);
  if (Number.isInteger(dimension) && dimension % 2 === 0) return [];
  return [
    { field: 'head_dim', message: `found ${dimension}, expected an even whole number (hidden_size / heads)` },
  ];
}

/** Options of the architecture that change the numbers and are not built here. */
function optionProblems(json: Json, architecture: Architecture): Problem[] {
  return [
    ...oneOf(json, 'hidden_act', Object.keys(ACTIVATION_NAMES)),
    ...(hasWindow(json, architecture) && json.sliding_window !== undefined
      ? positiveInt(json, 'sliding_window')
      : []),
    ...layerTypeProblems(json, architecture),
  ];
}
