import { type Problem, RanksweepError } from '../core/errors.js';

/** The numbers that make a Llama, from a Hugging Face config.json. */
export interface ModelConfig {
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
  normEpsilon: number;
  ropeTheta: number;
  /** the head is the embedding */
  tiedEmbeddings: boolean;
}

type Json = Record<string, unknown>;

const SIZES = {
  vocabularySize: 'vocab_size',
  hiddenSize: 'hidden_size',
  intermediateSize: 'intermediate_size',
  layers: 'num_hidden_layers',
  heads: 'num_attention_heads',
  contextLength: 'max_position_embeddings',
} as const;

/**
 * Reads config.json's content.
 * @param file named in errors
 * @throws RanksweepError INVALID_INPUT naming every key that this trainer cannot honour
 */
export function parseModelConfig(json: Json, file: string): ModelConfig {
  const problems = [...architectureProblems(json), ...sizeProblems(json), ...optionProblems(json)];
  if (problems.length > 0) throw unusable(file, problems);
  const size = (key: string) => json[key] as number;
  const heads = size('num_attention_heads');
  return {
    ...(Object.fromEntries(Object.entries(SIZES).map(([name, key]) => [name, size(key)])) as Record<
      keyof typeof SIZES,
      number
    >),
    keyValueHeads: (json.num_key_value_heads as number | undefined) ?? heads,
    headDimension: (json.head_dim as number | undefined) ?? size('hidden_size') / heads,
    normEpsilon: (json.rms_norm_eps as number | undefined) ?? 1e-6,
    ropeTheta: ropeTheta(json),
    tiedEmbeddings: json.tie_word_embeddings === true,
  };
}

/** config.json of a Llama for Hugging Face transformers. */
export function toHuggingFaceConfig(config: ModelConfig, endOfText: number, dtype: string): Json {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    ...Object.fromEntries(
      Object.entries(SIZES).map(([name, key]) => [key, config[name as keyof typeof SIZES]]),
    ),
    num_key_value_heads: config.keyValueHeads,
    head_dim: config.headDimension,
    hidden_act: 'silu',
    rms_norm_eps: config.normEpsilon,
    rope_theta: config.ropeTheta,
    attention_bias: false,
    attention_dropout: 0,
    mlp_bias: false,
    initializer_range: 0.02,
    tie_word_embeddings: config.tiedEmbeddings,
    bos_token_id: endOfText,
    eos_token_id: endOfText,
    torch_dtype: dtype,
    use_cache: true,
  };
}

function architectureProblems(json: Json): Problem[] {
  const [architecture] = (json.architectures as string[] | undefined) ?? [];
  const ok = architecture ? architecture === 'LlamaForCausalLM' : json.model_type === 'llama';
  if (ok) return [];
  return [
    {
      field: 'architectures',
      message: `found ${shown(architecture ?? json.model_type)}, expected LlamaForCausalLM`,
    },
  ];
}

function sizeProblems(json: Json): Problem[] {
  const problems = Object.values(SIZES).flatMap((key) => positiveInt(json, key));
  for (const key of ['num_key_value_heads', 'head_dim']) {
    if (json[key] != null) problems.push(...positiveInt(json, key));
  }
  if (problems.length > 0) return problems;
  return [...divides(json, 'num_attention_heads', 'num_key_value_heads'), ...headProblems(json)];
}

function positiveInt(json: Json, key: string): Problem[] {
  const value = json[key];
  if (Number.isInteger(value) && (value as number) > 0) return [];
  return [{ field: key, message: `found ${shown(value)}, expected a whole number from 1` }];
}

function divides(json: Json, whole: string, part: string): Problem[] {
  const [n, m] = [json[whole] as number, (json[part] ?? json[whole]) as number];
  if (n % m === 0) return [];
  return [{ field: part, message: `found ${m}, expected a divisor of ${whole} (${n})` }];
}

function headProblems(json: Json): Problem[] {
  const dimension = (json.head_dim ??
    (json.hidden_size as number) / (json.num_attention_heads as number)) as number;
  if (Number.isInteger(dimension) && dimension % 2 === 0) return [];
  return [
    { field: 'head_dim', message: `found ${dimension}, expected an even whole number (hidden_size / heads)` },
  ];
}

/** Options of the architecture that change the numbers and are not built here. */
function optionProblems(json: Json): Problem[] {
  const problems: Problem[] = [];
  const refuse = (field: string, allowed: string) =>
    problems.push({ field, message: `found ${shown(json[field])}, expected ${allowed}` });
  if (json.hidden_act !== undefined && json.hidden_act !== 'silu') refuse('hidden_act', '"silu"');
  for (const field of ['attention_bias', 'mlp_bias']) if (json[field]) refuse(field, 'false');
  if (json.rope_scaling != null) refuse('rope_scaling', 'null');
  const rope = json.rope_parameters as Json | null | undefined;
  if ((rope?.rope_type ?? 'default') !== 'default') refuse('rope_parameters', 'rope_type "default"');
  if (json.quantization_config != null) refuse('quantization_config', 'none');
  return problems;
}

/** transformers 5 keeps it in rope_parameters, earlier versions beside the rest. */
function ropeTheta(json: Json): number {
  const parameters = json.rope_parameters as Json | null | undefined;
  return ((parameters?.rope_theta ?? json.rope_theta) as number | undefined) ?? 10_000;
}

const shown = (value: unknown) => JSON.stringify(value) ?? 'nothing';

function unusable(file: string, problems: Problem[]): RanksweepError {
  const list = problems.map(({ field, message }) => `${field}: ${message}`).join('; ');
  return new RanksweepError('INVALID_INPUT', `${file}: this model cannot be trained here: ${list}`, problems);
}
