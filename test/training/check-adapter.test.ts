import { expect, it } from '@jest/globals';
import { type RunConfigInput, runConfigSchema } from '../../src/core/run-config.js';
import { checkAdapter, rankWarnings } from '../../src/training/check-adapter.js';
import { TINY } from './tiny-model.js';

const lora = (settings: RunConfigInput['lora']) =>
  runConfigSchema.parse({ model: 'm', data: { train: 't' }, steps: 1, lora: settings }).lora;

it.each([
  [{ targetModules: ['c_attn'] }, 'lora.targetModules: found c_attn, LlamaForCausalLM has q_proj, k_proj'],
  [
    { targetModules: ['layers.2.mlp.up_proj'] },
    'lora.targetModules: found layers.2.mlp.up_proj, LlamaForCausalLM',
  ],
  [
    { modulesToSave: ['score'] },
    'lora.modulesToSave: found score, LlamaForCausalLM has embed_tokens, input_layernorm',
  ],
  [{ rankPattern: { q_prj: 2 } }, 'lora.rankPattern: found q_prj, which fits no adapted module'],
  [
    { targetModules: ['q_proj'], alphaPattern: { v_proj: 2 } },
    'lora.alphaPattern: found v_proj, which fits no',
  ],
  [
    { targetModules: ['q_proj'], modulesToSave: ['q_proj'] },
    'found nothing to adapt: all of it is in modulesToSave',
  ],
  [
    { targetModules: ['lm_head'], initialization: 'pissa' as const },
    'found pissa for lm_head, whose weight is the embedding too',
  ],
])('refuses %j', (settings, problem) => {
  expect(() => checkAdapter(lora(settings), TINY)).toThrow(problem);
});

it('takes every end of a path, and patterns as PEFT reads them', () => {
  const settings = {
    targetModules: ['q_proj', 'mlp.up_proj', 'layers.1.mlp.down_proj', 'lm_head'],
    modulesToSave: ['norm'],
  };
  const rankPattern = { 'layers\\.0\\..*': 2, q_proj: 3, 'layers.1.mlp.down_proj': 4 };
  expect(() => checkAdapter(lora({ ...settings, rankPattern }), TINY)).not.toThrow();
});

it('warns of a rank that is more than a matrix has, a pattern included', () => {
  expect(rankWarnings(lora({ rank: 8 }), TINY)).toEqual([]);
  expect(rankWarnings(lora({ rank: 8, rankPattern: { up_proj: 17 } }), TINY)).toEqual([
    'warning: lora.rank is 17, but the smallest adapted matrix has a side of 16: more rank adds nothing there',
  ]);
});
