import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { runConfigSchema } from '../../src/core/run-config.js';
import { adaptedModules, scalesOf, settingsOf } from '../../src/training/adapted-modules.js';
import { saveAdapter } from '../../src/training/adapter-files.js';
import { loadModelConfig } from '../../src/training/checkpoint.js';
import { initialAdapter } from '../../src/training/initial-adapter.js';
import { loadAdapter } from '../../src/training/load-adapter.js';
import { readSafetensors, writeSafetensors } from '../../src/training/safetensors.js';
import { TINY, temporaryFolder } from './tiny-model.js';

const FIXTURES = join('test', 'fixtures', 'peft');

/** A copy of PEFT's adapter of rank 8, its config changed. */
async function changed(changes: object): Promise<string> {
  const folder = await temporaryFolder();
  await cp(join(FIXTURES, 'rank-8'), folder, { recursive: true });
  await editJson(join(folder, 'adapter_config.json'), changes);
  return folder;
}

async function editJson(file: string, changes: object): Promise<void> {
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), ...changes }));
}

const base = await loadModelConfig(join(FIXTURES, 'base'));

describe("PEFT's own adapter", () => {
  it('is read with its scale', async () => {
    const adapter = await loadAdapter(join(FIXTURES, 'rank-8'), base);
    expect(adapter).toMatchObject({
      scale: 2,
      provenance: null,
      lora: { rank: 8, alpha: 16, useRslora: false },
    });
    expect(adapter.weights.size).toBe(2 * 2 * 7);
    expect((await loadAdapter(await changed({ use_rslora: true }), base)).scale).toBeCloseTo(
      16 / Math.sqrt(8),
    );
  });

  it.each([
    [{ use_dora: true }, 'q_proj.lora_magnitude_vector: missing, expected shape [32]'],
    [{ modules_to_save: ['lm_head'] }, 'base_model.model.lm_head.weight: missing, expected shape [96,32]'],
    [{ modules_to_save: ['q_proj'] }, 'q_proj.lora_A.weight: not a matrix of this base and config'],
    [{ rank_pattern: { q_proj: 4 } }, 'q_proj.lora_A.weight: found shape [8,32], expected [4,32]'],
    [{ rank_pattern: { '(': 4 } }, 'rank_pattern: found {"(":4}, expected regular expressions'],
    [
      { init_lora_weights: 'pissa_niter_4' },
      'init_lora_weights: found "pissa_niter_4", which changes the base and is not supported',
    ],
    [{ layers_to_transform: [0] }, 'layers.1.self_attn.q_proj.lora_A.weight: not a matrix of this base'],
    [{ exclude_modules: ['q_proj'] }, 'q_proj.lora_A.weight: not a matrix of this base and config'],
    [{ bias: 'some' }, 'bias: found "some", expected "none", "all" or "lora_only"'],
    [{ lora_bias: true }, 'q_proj.lora_B.bias: missing, expected shape [32]'],
    [{ trainable_token_indices: [96] }, 'trainable_token_indices: found 96, expected below 96'],
    [{ trainable_token_indices: { norm: [1] } }, 'found {"norm":[1]}, expected rows of the input embedding'],
    [{ target_parameters: ['up_proj.weight'] }, 'target_parameters: found ["up_proj.weight"], which is not'],
    [{ layers_to_transform: [0, 1], layers_pattern: 'h' }, 'which is no linear layer of a layer'],
    [{ target_modules: '(?a).*q_proj' }, 'target_modules: found "(?a).*q_proj", expected names of modules'],
    [{ new_option: 3 }, 'new_option: found 3, which is not supported'],
    [{ target_modules: ['embed_tokens'], use_dora: true }, 'use_dora: found for model.embed_tokens'],
    [{ peft_type: 'IA3' }, 'peft_type: found "IA3", expected "LORA"'],
    [{ r: 0 }, 'r: found 0, expected a positive number'],
    [{ target_modules: ['norm'] }, 'target_modules: found ["norm"], which is no linear layer'],
    [{ r: 4 }, 'lora_A.weight: found shape [8,32], expected [4,32]'],
    [{ target_modules: ['q_proj'] }, 'v_proj.lora_A.weight: not a matrix of this base and config'],
  ])('is refused with %j', async (changes, problem) => {
    const message = await loadAdapter(await changed(changes), base).then(String, (error) => error.message);
    expect(message).toContain(problem);
  });

  it('is refused with a missing matrix', async () => {
    const folder = await changed({});
    const file = join(folder, 'adapter_model.safetensors');
    const weights = await readSafetensors(file);
    weights.delete('base_model.model.model.layers.1.mlp.up_proj.lora_B.weight');
    await writeSafetensors(file, weights);
    await expect(loadAdapter(folder, base)).rejects.toThrow(
      'layers.1.mlp.up_proj.lora_B.weight: missing, expected shape [48,8]',
    );
  });

  it('is refused if there is none', async () => {
    await expect(loadAdapter(await temporaryFolder(), base)).rejects.toThrow(
      /is missing: not the folder of an adapter/,
    );
  });
});

it('an adapter of ours is refused if its scale is no longer the one of training', async () => {
  const folder = await temporaryFolder();
  const config = runConfigSchema.parse({
    model: 'm',
    data: { train: 't' },
    steps: 1,
    lora: { targetModules: ['q_proj'] },
  });
  const adapter = initialAdapter(TINY, config.lora, 1);
  const scales = Object.fromEntries(scalesOf(adaptedModules(settingsOf(config.lora), TINY)));
  const provenance = { config, scales, base: { path: 'm', hash: '0' }, step: 1 };
  await saveAdapter(folder, { base: TINY, adapter }, provenance);
  expect((await loadAdapter(folder, TINY)).scale).toBe(2);
  await editJson(join(folder, 'adapter_config.json'), { lora_alpha: 32 });
  await expect(loadAdapter(folder, TINY)).rejects.toThrow(
    'model.layers.0.self_attn.q_proj: found scale 4, but it was trained with 2',
  );
});
