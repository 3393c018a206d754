/** The shapes of `npm run bench:train`, as config.json of Hugging Face: D width, L layers, V vocabulary, rows x tokens a step. */
const llama = (width, layers, heads, keyValueHeads, intermediate, vocabulary, context) => ({
  architectures: ['LlamaForCausalLM'],
  model_type: 'llama',
  hidden_act: 'silu',
  hidden_size: width,
  intermediate_size: intermediate,
  num_hidden_layers: layers,
  num_attention_heads: heads,
  num_key_value_heads: keyValueHeads,
  head_dim: width / heads,
  vocab_size: vocabulary,
  max_position_embeddings: context,
  rms_norm_eps: 1e-5,
  rope_theta: 10_000,
  tie_word_embeddings: true,
  attention_bias: false,
  mlp_bias: false,
  torch_dtype: 'float32',
  bos_token_id: 0,
  eos_token_id: 0,
});

export const SHAPES = {
  tiny: { config: llama(256, 4, 4, 4, 704, 1024, 64), rows: 8, length: 64 },
  small: { config: llama(384, 6, 6, 6, 1024, 4096, 128), rows: 8, length: 128 },
  smollm2: { config: llama(576, 30, 9, 3, 1536, 49152, 128), rows: 1, length: 128 },
};

/** What both sides train with. */
export const SETTINGS = { rank: 8, alpha: 16, learningRate: 1e-3, weightDecay: 0.01, gradientClip: 1 };
