import { RanksweepError } from '../../core/errors.js';
import type { Json } from '../config-values.js';
import { type ModelConfig, parseModelConfig } from '../model-config.js';
import type { NamedTensor } from '../safetensors.js';
import { type GgufFile, readGguf, readGgufTensors } from './gguf-file.js';

// llama.cpp's names for what transformers calls otherwise.

export const isGguf = (path: string) => path.endsWith('.gguf');

const ARCHITECTURES: Record<string, string> = {
  llama: 'LlamaForCausalLM',
  qwen2: 'Qwen2ForCausalLM',
  qwen3: 'Qwen3ForCausalLM',
  gpt2: 'GPT2LMHeadModel',
};

const LLAMA_NAMES: Record<string, string> = {
  token_embd: 'model.embed_tokens',
  output_norm: 'model.norm',
  output: 'lm_head',
  attn_norm: 'input_layernorm',
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_q_norm: 'self_attn.q_norm',
  attn_k_norm: 'self_attn.k_norm',
  attn_output: 'self_attn.o_proj',
  ffn_norm: 'post_attention_layernorm',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
};
const GPT2_NAMES: Record<string, string> = {
  token_embd: 'transformer.wte',
  position_embd: 'transformer.wpe',
  output_norm: 'transformer.ln_f',
  output: 'lm_head',
  attn_norm: 'ln_1',
  attn_qkv: 'attn.c_attn',
  attn_output: 'attn.c_proj',
  ffn_norm: 'ln_2',
  ffn_up: 'mlp.c_fc',
  ffn_down: 'mlp.c_proj',
};
const ROPE_FACTORS = 'rope_freqs.weight';

/** @throws RanksweepError NOT_FOUND, or INVALID_INPUT naming what this trainer cannot honour */
export async function loadGgufConfig(path: string): Promise<ModelConfig> {
  return configOf(await readGguf(path), null);
}

/** Hands on the weights of a file under transformers' names, not yet checked against the config, and gives the config. */
export async function readGgufModel(
  path: string,
  take: (name: string, tensor: NamedTensor) => void,
): Promise<ModelConfig> {
  const file = await readGguf(path);
  const plain = configOf(file, null);
  let factors: number[] | null = null;
  await readGgufTensors(file, (name, tensor) => {
    if (name === ROPE_FACTORS) factors = [...tensor.values];
    else take(toHuggingFaceName(name, plain), unpermuted(name, tensor, plain));
  });
  return configOf(file, factors);
}

/** @param factors of the rotary frequencies; null: not read */
function configOf(file: GgufFile, factors: number[] | null): ModelConfig {
  const architecture = file.metadata.get('general.architecture') as string;
  const json = architecture === 'gpt2' ? gpt2Json(file) : llamaJson(file, architecture);
  const config = parseModelConfig(
    { architectures: [ARCHITECTURES[architecture] ?? architecture], ...json },
    file.path,
  );
  const { headDimension } = config;
  if (factors && factors.length !== headDimension / 2) {
    throw invalid(file, `${ROPE_FACTORS} has ${factors.length} numbers, expected ${headDimension / 2}`);
  }
  return factors ? { ...config, ropeScaling: { type: 'factors', factors } } : config;
}

/** config.json as transformers would have it. */
function llamaJson(file: GgufFile, architecture: string): Json {
  const get = (key: string) => file.metadata.get(`${architecture}.${key}`);
  const heads = get('attention.head_count') as number;
  const head = (get('attention.key_length') ?? (get('embedding_length') as number) / heads) as number;
  const rotated = get('rope.dimension_count') ?? head;
  if (rotated !== head) throw invalid(file, `rope.dimension_count: found ${rotated}, expected all ${head}`);
  if (get('expert_count')) throw invalid(file, `expert_count: found ${get('expert_count')}, expected none`);
  return {
    vocab_size: file.tensors.get('token_embd.weight')?.shape[0],
    hidden_size: get('embedding_length'),
    intermediate_size: get('feed_forward_length'),
    num_hidden_layers: get('block_count'),
    num_attention_heads: heads,
    num_key_value_heads: get('attention.head_count_kv') ?? heads,
    head_dim: head,
    max_position_embeddings: get('context_length'),
    rms_norm_eps: decimal(get('attention.layer_norm_rms_epsilon')),
    rope_theta: decimal(get('rope.freq_base')),
    rope_scaling: ropeJson(get('rope.scaling.type'), get('rope.scaling.factor')),
    tie_word_embeddings: !file.tensors.has('output.weight'),
    attention_bias: architecture !== 'qwen2' && file.tensors.has('blk.0.attn_q.bias'),
    mlp_bias: file.tensors.has('blk.0.ffn_up.bias'),
  };
}

function ropeJson(type: unknown, factor: unknown): Json | null {
  return type === undefined || type === 'none' ? null : { rope_type: type, factor };
}

function gpt2Json(file: GgufFile): Json {
  const get = (key: string) => file.metadata.get(`gpt2.${key}`);
  return {
    vocab_size: file.tensors.get('token_embd.weight')?.shape[0],
    n_embd: get('embedding_length'),
    n_inner: get('feed_forward_length'),
    n_layer: get('block_count'),
    n_head: get('attention.head_count'),
    n_positions: get('context_length'),
    layer_norm_epsilon: decimal(get('attention.layer_norm_epsilon')),
    tie_word_embeddings: !file.tensors.has('output.weight'),
  };
}

/** 1e-5 lies in the file as float32, 9.999999747378752e-6. */
const decimal = (value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(7)) : undefined);

function toHuggingFaceName(name: string, { architecture }: ModelConfig): string {
  const [names, layers] =
    architecture === 'GPT2LMHeadModel' ? [GPT2_NAMES, 'transformer.h.'] : [LLAMA_NAMES, 'model.layers.'];
  const found = /^(?:blk\.(\d+)\.)?(\w+)\.(weight|bias)$/.exec(name);
  const module = found && names[found[2]!];
  if (!found || !module) return name;
  return `${found[1] === undefined ? '' : `${layers}${found[1]}.`}${module}.${found[3]}`;
}

/** llama.cpp rotates neighbours, transformers the halves of a head: Llama's q and k rows lie in another order, Qwen's do not. */
function unpermuted(name: string, tensor: NamedTensor, config: ModelConfig): NamedTensor {
  const part = /^blk\.\d+\.attn_([qk])\./.exec(name)?.[1];
  if (config.architecture !== 'LlamaForCausalLM' || !part) return tensor;
  const heads = part === 'q' ? config.heads : config.keyValueHeads;
  const { shape, values } = tensor;
  const [rows, wide] = [shape[0]!, values.length / shape[0]!];
  const [d, half] = [rows / heads, rows / heads / 2];
  const turned = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    const [head, i] = [Math.floor(row / d), row % d];
    const from = head * d + 2 * (i % half) + Math.floor(i / half);
    turned.set(values.subarray(from * wide, (from + 1) * wide), row * wide);
  }
  return { shape, values: turned };
}

const invalid = (file: GgufFile, message: string) =>
  new RanksweepError('INVALID_INPUT', `${file.path}: this model cannot be trained here: ${message}`, [
    { field: 'model', message },
  ]);
