import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { runConfigSchema } from '../../src/core/run-config.js';
import {
  type AdapterSettings,
  adaptedModules,
  scalesOf,
  settingsOf,
} from '../../src/training/adapted-modules.js';
import { saveAdapter } from '../../src/training/adapter-files.js';
import { loadCheckpoint, loadModelConfig } from '../../src/training/checkpoint.js';
import { initialAdapter } from '../../src/training/initial-adapter.js';
import { loadAdapter, loadAdapterFor } from '../../src/training/load-adapter.js';
import { readSafetensors, type TensorFile, writeSafetensors } from '../../src/training/safetensors.js';
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

describe('an adapter of ours', () => {
  const config = runConfigSchema.parse({
    model: 'm',
    data: { train: 't' },
    steps: 1,
    lora: { targetModules: ['q_proj'], alphaPattern: { 'layers.1.self_attn.q_proj': 4 } },
  });

  async function saved(): Promise<string> {
    const folder = await temporaryFolder();
    const adapter = initialAdapter(TINY, config.lora, 1);
    const scales = Object.fromEntries(scalesOf(adaptedModules(settingsOf(config.lora), TINY)));
    const provenance = { config, scales, base: { path: 'm', hash: '0' }, step: 1 };
    await saveAdapter(folder, { base: TINY, adapter }, provenance);
    return folder;
  }

  it('is read with the scales that it was trained with', async () => {
    const { scales } = await loadAdapter(await saved(), TINY);
    expect([...scales.values()]).toEqual([2, 0.5]);
  });

  it.each([
    [{ lora_alpha: 32 }, 'model.layers.0.self_attn.q_proj: found scale 4, but it was trained with 2'],
    [{ alpha_pattern: {} }, 'model.layers.1.self_attn.q_proj: found scale 2, but it was trained with 0.5'],
    [{ use_rslora: true }, `model.layers.0.self_attn.q_proj: found scale ${16 / Math.sqrt(8)}, but it was`],
  ])('is refused with %j', async (changes, problem) => {
    const folder = await saved();
    await editJson(join(folder, 'adapter_config.json'), changes);
    await expect(loadAdapter(folder, TINY)).rejects.toThrow(problem);
  });

  it('is refused if its scales are not those of its modules', async () => {
    const folder = await saved();
    const other = { 'model.layers.0.self_attn.q_proj': 2, 'model.layers.0.mlp.up_proj': 2 };
    await editJson(join(folder, 'ranksweep.json'), { scales: other });
    const message = await loadAdapter(folder, TINY).then(String, (error) => error.message);
    expect(message).toContain(
      'layers.1.self_attn.q_proj: found scale 0.5, but ranksweep.json has none for it',
    );
    expect(message).toContain('layers.0.mlp.up_proj: found no adapter, but it was trained with scale 2');
  });

  const KEY = 'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight';
  it.each([
    ['a missing', (weights: TensorFile) => weights.delete(KEY), `${KEY}: missing, expected shape [8,16]`],
    [
      'an extra',
      (weights: TensorFile) => weights.set(KEY.replace('q_proj', 'k_proj'), weights.get(KEY)!),
      `${KEY.replace('q_proj', 'k_proj')}: not a matrix of this base and config`,
    ],
    [
      'a renamed',
      (weights: TensorFile) => {
        weights.set(KEY.replace('.weight', '.default.weight'), weights.get(KEY)!);
        weights.delete(KEY);
      },
      'lora_A.default.weight: not a matrix of this base and config',
    ],
  ])('is refused with %s key', async (_, change, problem) => {
    const folder = await saved();
    const file = join(folder, 'adapter_model.safetensors');
    const weights = await readSafetensors(file);
    change(weights);
    await writeSafetensors(file, weights);
    await expect(loadAdapter(folder, TINY)).rejects.toThrow(problem);
  });
});

describe("what PEFT writes beside a head's adapter", () => {
  const folder = join(FIXTURES, 'variants', 'head');
  const model = join(FIXTURES, 'base');

  it("is the base's weight, or the adapter is of another base", async () => {
    const checkpoint = await loadCheckpoint(model);
    expect((await loadAdapterFor(folder, checkpoint)).baseCopies.size).toBe(1);
    checkpoint.weights.get('lm_head.weight')!.values[7]! += 1e-3;
    await expect(loadAdapterFor(folder, checkpoint)).rejects.toThrow(
      "lm_head.base_layer.weight: found another weight than the model's lm_head.weight",
    );
  });
});

describe('every adapter that PEFT made', () => {
  const variants = [
    'dora',
    'patterns',
    'loraplus',
    'saved',
    'saved-gpt2',
    'dora-rslora-gpt2',
    'saved-head-tied',
  ];

  it.each(variants)('is written with the same keys and bits: %s', async (name) => {
    const folder = join(FIXTURES, 'variants', name);
    const { cases } = JSON.parse(await readFile(join(FIXTURES, 'variants.json'), 'utf8'));
    const path: string = cases.find((one: { name: string }) => one.name === name).base;
    const model = await loadModelConfig(join('test', 'fixtures', path));
    const { lora, scales, tensors } = await loadAdapter(folder, model);
    const run = { model: 'm', data: { train: 't' }, steps: 1 };
    const config = runConfigSchema.parse({ ...run, lora: trainable(lora) });
    const provenance = {
      config,
      scales: Object.fromEntries(scales),
      base: { path: 'm', hash: '0' },
      step: 1,
    };
    const again = await temporaryFolder();
    await saveAdapter(again, { base: model, adapter: tensors }, provenance);
    const read = (from: string) => readSafetensors(join(from, 'adapter_model.safetensors'));
    expect(sorted(await read(again))).toEqual(sorted(await read(folder)));
    expect((await loadAdapter(again, model)).scales).toEqual(scales);
  });

  const trainable = (settings: AdapterSettings) => {
    const {
      excludeModules: _,
      layers: _all,
      layersPattern: _any,
      loraBias: _no,
      tokenRows: _none,
      ...lora
    } = settings;
    return lora;
  };
  const sorted = (tensors: TensorFile) => [...tensors].sort(([a], [b]) => (a < b ? -1 : 1));
});
