import { describe, expect, it } from '@jest/globals';
import { type RunConfigInput, runConfigSchema } from '../../src/core/run-config.js';
import { loraParameterCount } from '../../src/training/adapted-modules.js';
import { parameterCount } from '../../src/training/layout.js';
import { type ModelConfig, parseModelConfig } from '../../src/training/model-config.js';

// The known account of GPT-3 (Hu et al. 2021, arXiv 2106.09685, section 4.2 and table 4): 175 billion parameters, of which LoRA with rank 4
// on the query and value projections trains about 18 million; a checkpoint of 350 GB becomes one of 35 MB, roughly 10,000 times less.

const D = 12_288;
const [LAYERS, HEADS] = [96, 96];

/** Brown et al. 2020, table 2.1, as GPT-2 has its parts: q, k and v lie in one matrix c_attn [3D,D]. */
const GPT3: ModelConfig = parseModelConfig(
  {
    architectures: ['GPT2LMHeadModel'],
    ...{ n_embd: D, n_layer: LAYERS, n_head: HEADS, n_positions: 2048, vocab_size: 50_257 },
    activation_function: 'gelu_new',
  },
  'GPT-3',
);
/** The same with a matrix each for q and v, which the paper adapts. */
const APART: ModelConfig = { ...GPT3, architecture: 'LlamaForCausalLM', keyValueHeads: HEADS };

function trainable(config: ModelConfig, lora: RunConfigInput['lora']): number {
  const parsed = runConfigSchema.parse({ model: 'gpt-3', data: { train: 'x' }, steps: 1, lora });
  return loraParameterCount(config, parsed.lora);
}

describe('GPT-3 with LoRA', () => {
  it('has 175 billion parameters, 350 GB at two bytes each', () => {
    expect(parameterCount(GPT3)).toBe(174_604_259_328);
    expect((parameterCount(GPT3) * 2) / 1e9).toBeCloseTo(349.2, 1);
  });

  it('trains 18.9 million with rank 4 on q and v: 38 MB at two bytes each, 9,251 times less', () => {
    const count = trainable(APART, { rank: 4, targetModules: ['q_proj', 'v_proj'] });
    expect(count).toBe(LAYERS * 2 * 4 * (D + D));
    expect(count).toBe(18_874_368);
    expect((count * 2) / 1e6).toBeCloseTo(37.7, 1);
    expect((count * 2) / 2 ** 20).toBe(36);
    expect(Math.round(parameterCount(GPT3) / count)).toBe(9251);
  });

  it('trains as many with rank 8 on one of them, or with rank 4 on q, k and v in one matrix', () => {
    expect(trainable(APART, { rank: 8, targetModules: ['q_proj'] })).toBe(18_874_368);
    expect(trainable(GPT3, { rank: 4, targetModules: ['c_attn'] })).toBe(18_874_368);
  });

  it("trains what the paper's tables say at other ranks on q and v: 4.7 million at 1, 37.7 at 8", () => {
    const millions = [1, 8].map(
      (rank) => trainable(APART, { rank, targetModules: ['q_proj', 'v_proj'] }) / 1e6,
    );
    expect(millions).toEqual([expect.closeTo(4.7, 1), expect.closeTo(37.7, 1)]);
  });
});
