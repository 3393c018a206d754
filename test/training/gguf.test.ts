import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { hashCheckpoint, loadCheckpoint, saveCheckpoint } from '../../src/training/checkpoint.js';
import { BLOCK_TYPES, dequantize } from '../../src/training/gguf/dequantize.js';
import { frozenLayers, toTensors } from '../../src/training/layers.js';
import { forward, toRows } from '../../src/training/llama.js';
import { readSafetensors, type TensorFile } from '../../src/training/safetensors.js';
import { loadTokenizer } from '../../src/training/tokenizer.js';
import { useBackend } from './backend.js';
import { temporaryFolder } from './tiny-model.js';

// Against llama.cpp's Python package and transformers, by test/fixtures/gguf/make.py.

const FIXTURES = join('test', 'fixtures', 'gguf');
const blocks: Record<string, { code: number; bytes: string; values: string }> = JSON.parse(
  await readFile(join(FIXTURES, 'blocks.json'), 'utf8'),
);
const ids = Int32Array.from(
  JSON.parse(await readFile(join('test', 'fixtures', 'models', 'expected.json'), 'utf8')).ids,
);

it.each(Object.keys(blocks))('%s comes back bit for bit', (name) => {
  const { code, bytes, values } = blocks[name]!;
  const type = BLOCK_TYPES.get(code)!;
  expect(type.name).toBe(name);
  const found = dequantize(Buffer.from(bytes, 'base64'), type);
  expect(Buffer.from(found.buffer).equals(Buffer.from(values, 'base64'))).toBe(true);
  expect(new Set(found).size).toBeGreaterThan(3);
});

describe.each(['llama', 'qwen2', 'qwen3', 'gpt2'])('%s.gguf', (name) => {
  const path = join(FIXTURES, `${name}.gguf`);
  let logits: TensorFile;

  beforeAll(async () => {
    await useBackend('wasm');
    logits = await readSafetensors(join(FIXTURES, 'logits.safetensors'));
  });

  it("gives transformers' logits", async () => {
    const { config, weights } = await loadCheckpoint(path);
    const found = tf.tidy(() => {
      const layers = frozenLayers(config, toTensors(weights));
      return forward(config, layers, toRows(config, ids, ids.length)).dataSync();
    });
    const expected = logits.get(name)!.values;
    expect(found.length).toBe(expected.length);
    const differences = found.map((value, i) => Math.abs(value - expected[i]!));
    expect(Math.max(...differences)).toBeLessThan(1e-4);
  });

  it('has the config of the folder that it was made from', async () => {
    const { config } = await loadCheckpoint(join('test', 'fixtures', 'models', name));
    const { config: found } = await loadCheckpoint(path);
    expect({ ...found, ropeScaling: null }).toEqual({ ...config, ropeScaling: null });
    expect(await hashCheckpoint(path)).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe('the tokenizer of a GGUF file', () => {
  const path = join(FIXTURES, 'tokenizer.gguf');

  it('is the one of the folder that it was made from', async () => {
    const [found, expected] = await Promise.all([loadTokenizer(path), loadTokenizer(join('models', 'nano'))]);
    const text = "The ship's 14 men — naïve, 日本 — left\n\nBoston on 3 May 1861.<|endoftext|>\tIt's over";
    expect(found.encode(text)).toEqual(expected.encode(text));
    expect(found.decode(found.encode(text))).toBe(text);
    expect(found.endOfText).toBe(expected.endOfText);
    expect(found.vocabularySize).toBe(expected.vocabularySize);
  });

  it('is written beside a whole model that was trained from one', async () => {
    const folder = await temporaryFolder();
    const base = await loadCheckpoint(join(FIXTURES, 'qwen3.gguf'));
    await saveCheckpoint(folder, base, { dtype: 'F32', endOfText: 0, tokenizerFolder: path });
    expect((await loadTokenizer(folder)).encode('the sea')).toEqual(
      (await loadTokenizer(path)).encode('the sea'),
    );
    expect([...(await loadCheckpoint(folder)).weights]).toEqual([...base.weights]);
  });
});

describe('a file that is refused', () => {
  const broken = async (change: (bytes: Buffer) => Buffer) => {
    const path = join(await temporaryFolder(), 'broken.gguf');
    await writeFile(path, change(Buffer.from(await readFile(join(FIXTURES, 'llama.gguf')))));
    return loadCheckpoint(path).then(String, (error) => error.message);
  };
  const edited = (from: string, to: string) =>
    broken((bytes) => Buffer.from(bytes.toString('latin1').replaceAll(from, to), 'latin1'));

  it.each([
    ['cut in its header', (bytes: Buffer) => bytes.subarray(0, 300), 'it ends within its header'],
    ['cut in its values', (bytes: Buffer) => bytes.subarray(0, bytes.length - 64), 'the file has'],
    ['of another kind', (bytes: Buffer) => Buffer.from(bytes).fill('x', 0, 4), 'does not begin with GGUF'],
    ['of version 1', (bytes: Buffer) => Buffer.from(bytes).fill(1, 4, 5), 'found version 1, expected 2 or 3'],
  ])('%s', async (_, change, message) => {
    expect(await broken(change)).toContain(message);
  });

  it('without a tensor, or with a model that is not built here', async () => {
    expect(await edited('blk.1.attn_v.weight', 'blk.1.attn_x.weight')).toContain(
      'model.layers.1.self_attn.v_proj.weight: missing, expected shape [16,32]',
    );
    expect(await edited('llama', 'gemma')).toContain(
      'architectures: found "gemma", expected LlamaForCausalLM',
    );
  });

  it('with a tokenizer of another kind', async () => {
    await expect(loadTokenizer(join(FIXTURES, 'llama.gguf'))).rejects.toThrow(
      'tokenizer.ggml.model: found nothing, expected "gpt2" (byte-level BPE) or "llama"',
    );
  });
});
