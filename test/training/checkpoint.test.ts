import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { loadCheckpoint } from '../../src/training/checkpoint.js';
import { parameterCount, weightShapes } from '../../src/training/layout.js';
import { parseModelConfig, toHuggingFaceConfig } from '../../src/training/model-config.js';
import { readSafetensors, writeSafetensors } from '../../src/training/safetensors.js';
import { saveTinyModel, TINY, temporaryFolder, tinyWeights } from './tiny-model.js';

const huggingFace = (changes = {}) => ({ ...toHuggingFaceConfig(TINY, 0, 'float32'), ...changes });

describe('config.json', () => {
  it('is read as it was written', () => {
    expect(parseModelConfig(huggingFace(), 'config.json')).toEqual(TINY);
  });

  it("is read as transformers 5 writes it, with rope's numbers in a part of their own", async () => {
    const json = JSON.parse(await readFile(join('test', 'fixtures', 'peft', 'base', 'config.json'), 'utf8'));
    json.rope_parameters.rope_theta = 500;
    expect(parseModelConfig(json, 'config.json')).toMatchObject({
      ropeTheta: 500,
      keyValueHeads: 2,
      headDimension: 8,
    });
  });

  it.each([
    [
      { architectures: ['MambaForCausalLM'] },
      'architectures: found "MambaForCausalLM", expected LlamaForCausalLM, MistralForCausalLM',
    ],
    [
      { architectures: undefined, model_type: 'gemma' },
      'architectures: found "gemma", expected LlamaForCausalLM, MistralForCausalLM',
    ],
    [{ hidden_size: 0 }, 'hidden_size: found 0, expected a whole number from 1'],
    [{ vocab_size: undefined }, 'vocab_size: found nothing, expected a whole number from 1'],
    [
      { num_key_value_heads: 3 },
      'num_key_value_heads: found 3, expected a divisor of num_attention_heads (4)',
    ],
    [{ head_dim: 3 }, 'head_dim: found 3, expected an even whole number (hidden_size / heads)'],
    [{ hidden_act: 'glu' }, 'hidden_act: found "glu", expected "silu" or "swish" or "gelu"'],
    [
      { architectures: ['MistralForCausalLM'], sliding_window: 0 },
      'sliding_window: found 0, expected a whole number from 1',
    ],
    [
      { architectures: ['Qwen3ForCausalLM'], layer_types: ['odd'] },
      'layer_types: found ["odd"], expected full_attention or sliding_attention',
    ],
    [{ rope_scaling: { factor: 2 } }, 'rope_scaling: found {"factor":2}, expected rope_type default, linear'],
    [
      { rope_scaling: { type: 'llama3', low_freq_factor: 1, high_freq_factor: 4 } },
      'rope_scaling.factor: found nothing, expected a number above 0',
    ],
    [
      { rope_parameters: { rope_type: 'ntk' } },
      'rope_parameters: found {"rope_type":"ntk"}, expected rope_type default, linear, dynamic, llama3, yarn',
    ],
    [{ quantization_config: {} }, 'quantization_config: found {}, expected none'],
  ])('is refused with %j', (changes, problem) => {
    expect(() => parseModelConfig(huggingFace(changes), 'config.json')).toThrow(
      `config.json: this model cannot be trained here: ${problem}`,
    );
  });

  it('is refused for all reasons at once', () => {
    expect(() => parseModelConfig(huggingFace({ hidden_size: -1, hidden_act: 'glu' }), 'c')).toThrow(
      /hidden_size.*hidden_act/,
    );
  });
});

describe('a checkpoint', () => {
  it('is read as it was written', async () => {
    const folder = await temporaryFolder();
    await saveTinyModel(folder);
    expect(await loadCheckpoint(folder)).toEqual({ config: TINY, weights: tinyWeights() });
  });

  it('is refused with a missing tensor and one of another shape, both named', async () => {
    const folder = await temporaryFolder();
    await saveTinyModel(folder);
    const file = join(folder, 'model.safetensors');
    const weights = await readSafetensors(file);
    weights.delete('model.norm.weight');
    weights.set('model.embed_tokens.weight', { shape: [2, 2], values: new Float32Array(4) });
    await writeSafetensors(file, weights);
    await expect(loadCheckpoint(folder)).rejects.toThrow(
      'does not fit its config.json: model.embed_tokens.weight: found shape [2,2], expected [1024,16]; ' +
        'model.norm.weight: missing, expected shape [16]',
    );
  });

  it('is refused if its config is no JSON', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'config.json'), '{');
    await expect(loadCheckpoint(folder)).rejects.toThrow(/config.json is not JSON/);
  });

  it('has an own head unless the embeddings are tied', () => {
    const untied = { ...TINY, tiedEmbeddings: false };
    expect(weightShapes(untied).get('lm_head.weight')).toEqual([1024, 16]);
    expect(parameterCount(untied) - parameterCount(TINY)).toBe(1024 * 16);
  });
});
