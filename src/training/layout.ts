import type { ModelConfig } from './model-config.js';

// Which tensors an architecture has, by the names of Hugging Face transformers; linear layers are [out,in] here for all of them.

/** Tensors and paths outside the layers. */
export interface TensorNames {
  embedding: string;
  /** learned positions, where there are some */
  positions: string | null;
  finalNorm: string;
  head: string;
  /** layer n's path is this and n */
  layers: string;
}

const LLAMA: TensorNames = {
  embedding: 'model.embed_tokens.weight',
  positions: null,
  finalNorm: 'model.norm',
  head: 'lm_head.weight',
  layers: 'model.layers.',
};
const GPT2: TensorNames = {
  embedding: 'transformer.wte.weight',
  positions: 'transformer.wpe.weight',
  finalNorm: 'transformer.ln_f',
  head: 'lm_head.weight',
  layers: 'transformer.h.',
};

const isGpt2 = ({ architecture }: ModelConfig) => architecture === 'GPT2LMHeadModel';

export function tensorNames(config: ModelConfig): TensorNames {
  return isGpt2(config) ? GPT2 : LLAMA;
}

/** The tensor that the head multiplies with. */
export function headName(config: ModelConfig): string {
  const { embedding, head } = tensorNames(config);
  return config.tiedEmbeddings ? embedding : head;
}

/** A layer's modules in the order of the forward pass: [out,in] of a linear layer, [D] of a norm. */
function layerModules(config: ModelConfig): Record<string, number[]> {
  return isGpt2(config) ? gpt2Modules(config) : llamaModules(config);
}

function llamaModules(config: ModelConfig): Record<string, number[]> {
  const { hiddenSize: d, intermediateSize: f, headDimension } = config;
  const [queries, keys] = [config.heads * headDimension, config.keyValueHeads * headDimension];
  const headNorms: Record<string, number[]> =
    config.architecture === 'Qwen3ForCausalLM'
      ? { 'self_attn.q_norm': [headDimension], 'self_attn.k_norm': [headDimension] }
      : {};
  return {
    input_layernorm: [d],
    'self_attn.q_proj': [queries, d],
    'self_attn.k_proj': [keys, d],
    'self_attn.v_proj': [keys, d],
    ...headNorms,
    'self_attn.o_proj': [d, queries],
    post_attention_layernorm: [d],
    'mlp.gate_proj': [f, d],
    'mlp.up_proj': [f, d],
    'mlp.down_proj': [d, f],
  };
}

function gpt2Modules({ hiddenSize: d, intermediateSize: f }: ModelConfig): Record<string, number[]> {
  return {
    ln_1: [d],
    'attn.c_attn': [3 * d, d],
    'attn.c_proj': [d, d],
    ln_2: [d],
    'mlp.c_fc': [f, d],
    'mlp.c_proj': [d, f],
  };
}

/** The matrices of a layer: name inside the layer → sizes [out, in]. */
export function layerMatrices(config: ModelConfig): Record<string, [number, number]> {
  const matrices = Object.entries(layerModules(config)).filter(([, shape]) => shape.length === 2);
  return Object.fromEntries(matrices) as Record<string, [number, number]>;
}

/** Every tensor of the model and its shape, in the order of the forward pass. */
export function weightShapes(config: ModelConfig): Map<string, number[]> {
  const { hiddenSize: d, vocabularySize } = config;
  const names = tensorNames(config);
  const shapes = new Map<string, number[]>([[names.embedding, [vocabularySize, d]]]);
  if (names.positions) shapes.set(names.positions, [config.contextLength, d]);
  for (let layer = 0; layer < config.layers; layer++) {
    for (const [name, shape] of Object.entries(layerModules(config))) {
      shapes.set(`${names.layers}${layer}.${name}.weight`, shape);
      if (config.biases.includes(name)) shapes.set(`${names.layers}${layer}.${name}.bias`, [shape[0]!]);
    }
  }
  shapes.set(`${names.finalNorm}.weight`, [d]);
  if (isGpt2(config)) shapes.set(`${names.finalNorm}.bias`, [d]);
  if (!config.tiedEmbeddings) shapes.set(names.head, [vocabularySize, d]);
  return shapes;
}

export function parameterCount(config: ModelConfig): number {
  const sizes = [...weightShapes(config).values()].map((shape) => shape.reduce((a, b) => a * b, 1));
  return sizes.reduce((a, b) => a + b, 0);
}
