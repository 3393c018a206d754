import { type Problem, RanksweepError } from '../core/errors.js';
import type { Activation } from './activations.js';
import { type Json, shown } from './config-values.js';
import { gpt2Problems, readGpt2, writeGpt2 } from './model-config-gpt2.js';
import { llamaProblems, readLlama, writeLlama } from './model-config-llama.js';
import type { RopeScaling } from './rope.js';

export const ARCHITECTURES = {
  LlamaForCausalLM: 'llama',
  MistralForCausalLM: 'mistral',
  Qwen2ForCausalLM: 'qwen2',
  Qwen3ForCausalLM: 'qwen3',
  GPT2LMHeadModel: 'gpt2',
} as const;
export type Architecture = keyof typeof ARCHITECTURES;

/** The numbers that make a model, from a Hugging Face config.json. */
export interface ModelConfig {
  architecture: Architecture;
  vocabularySize: number;
  hiddenSize: number;
  intermediateSize: number;
  layers: number;
  heads: number;
  /** fewer than heads: grouped queries */
  keyValueHeads: number;
  headDimension: number;
  /** positions that the model was made for */
  contextLength: number;
  /** layers that see only the last `size` tokens, and how many; null: all see all */
  slidingWindow: { size: number; layers: number[] } | null;
  normEpsilon: number;
  activation: Activation;
  /** what q·k is divided by: √d, and the layer's number (from 1); GPT-2 alone can do without the first and with the second */
  attentionScaling: { byDimension: boolean; byLayer: boolean };
  ropeTheta: number;
  ropeScaling: RopeScaling | null;
  /** the head is the embedding */
  tiedEmbeddings: boolean;
  /** modules of a layer that have a bias, e.g. self_attn.q_proj */
  biases: readonly string[];
}

/**
 * Reads config.json's content.
 * @param file named in errors
 * @throws RanksweepError INVALID_INPUT naming every key that this trainer cannot honour
 */
export function parseModelConfig(json: Json, file: string): ModelConfig {
  const architecture = architectureOf(json);
  if (architecture === null) throw unusable(file, [unknownArchitecture(json)]);
  const isGpt2 = architecture === 'GPT2LMHeadModel';
  const problems = isGpt2 ? gpt2Problems(json) : llamaProblems(json, architecture);
  if (json.model_type != null && json.model_type !== ARCHITECTURES[architecture]) {
    problems.push({
      field: 'model_type',
      message: `found ${shown(json.model_type)}, expected "${ARCHITECTURES[architecture]}" of ${architecture}`,
    });
  }
  if (json.quantization_config != null) {
    problems.push({
      field: 'quantization_config',
      message: `found ${shown(json.quantization_config)}, expected none`,
    });
  }
  if (problems.length > 0) throw unusable(file, problems);
  return isGpt2 ? readGpt2(json) : readLlama(json, architecture);
}

/**
 * Most tokens that the model can be given here: what it was made for, and not more than a sliding window, below which the window
 * changes nothing.
 */
export function longestInput({ contextLength, slidingWindow }: ModelConfig): number {
  return Math.min(contextLength, slidingWindow?.size ?? contextLength);
}

/** For errors about input that is too long. */
export function contextOf(config: ModelConfig): string {
  const longest = longestInput(config);
  const window = longest < config.contextLength ? ' (its sliding window: masks for more are not built)' : '';
  return `the model's context is ${longest}${window}`;
}

/** config.json for Hugging Face transformers. */
export function toHuggingFaceConfig(config: ModelConfig, endOfText: number, dtype: string): Json {
  return {
    architectures: [config.architecture],
    model_type: ARCHITECTURES[config.architecture],
    ...(config.architecture === 'GPT2LMHeadModel' ? writeGpt2(config) : writeLlama(config)),
    initializer_range: 0.02,
    tie_word_embeddings: config.tiedEmbeddings,
    bos_token_id: endOfText,
    eos_token_id: endOfText,
    torch_dtype: dtype,
    use_cache: true,
  };
}

function architectureOf(json: Json): Architecture | null {
  const [named] = (json.architectures as string[] | undefined | null) ?? [];
  if (named !== undefined) return Object.hasOwn(ARCHITECTURES, named) ? (named as Architecture) : null;
  const known = Object.entries(ARCHITECTURES).find(([, type]) => type === json.model_type);
  return (known?.[0] as Architecture | undefined) ?? null;
}

function unknownArchitecture(json: Json): Problem {
  const [named] = (json.architectures as string[] | undefined | null) ?? [];
  const expected = Object.keys(ARCHITECTURES).join(', ');
  return {
    field: 'architectures',
    message: `found ${shown(named ?? json.model_type)}, expected ${expected}`,
  };
}

function unusable(file: string, problems: Problem[]): RanksweepError {
  const list = problems.map(({ field, message }) => `${field}: ${message}`).join('; ');
  return new RanksweepError('INVALID_INPUT', `${file}: this model cannot be trained here: ${list}`, problems);
}
