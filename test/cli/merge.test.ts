import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { buildProgram } from '../../src/cli/program.js';
import { loadCheckpoint } from '../../src/training/checkpoint.js';
import { loadAdapterFor } from '../../src/training/load-adapter.js';
import { mergedCheckpoint } from '../../src/training/merge-adapter.js';
import { readSafetensors } from '../../src/training/safetensors.js';
import { writeWeights } from '../../src/training/sharded-weights.js';

// That the logits are those of base and adapter is shown in test/training (peft-variants, python-variants).

const FIXTURES = join('test', 'fixtures');
const llama = [
  '--model',
  join(FIXTURES, 'peft', 'base'),
  '--adapter',
  join(FIXTURES, 'peft', 'variants', 'dora'),
];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ranksweep-merge-'));
});
afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = 0;
});

async function merge(...options: string[]) {
  let output = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += text;
    return true;
  });
  await buildProgram().parseAsync(['node', 'ranksweep', 'merge', ...options]);
  return { output, code: process.exitCode };
}

describe('merge', () => {
  it('writes a folder that is opened again, and says what it did', async () => {
    const target = join(folder, 'merged');
    const { output, code } = await merge(...llama, '--output', target, '--scale', '0.5');
    expect(code).toBe(0);
    expect(output).toContain('scale 1 on 14 modules');
    expect(await readdir(folder)).toEqual(['merged']);
    const [merged, base] = await Promise.all(
      [target, join(FIXTURES, 'peft', 'base')].map((path) => loadCheckpoint(path)),
    );
    expect(merged!.config).toEqual(base!.config);
    const name = 'model.layers.1.mlp.up_proj.weight';
    expect(merged!.weights.get(name)).not.toEqual(base!.weights.get(name));
    expect(merged!.weights.get('lm_head.weight')).toEqual(base!.weights.get('lm_head.weight'));
  });

  it("keeps the model's own config, but for the type, and its tokenizer", async () => {
    const model = join('models', 'nano');
    const target = join(folder, 'bf16');
    const adapter = join(folder, 'adapter');
    await adapterOfNano(adapter);
    await merge('--model', model, '--adapter', adapter, '--output', target, '--dtype', 'bf16', '--json');
    const config = async (path: string) => JSON.parse(await readFile(join(path, 'config.json'), 'utf8'));
    const { torch_dtype: type, ...rest } = await config(target);
    const { torch_dtype: _, dtype: _newer, ...own } = await config(model);
    expect(type).toBe('bfloat16');
    expect(rest).toEqual(own);
    const tokenizer = (path: string) => readFile(join(path, 'tokenizer.json'), 'utf8');
    expect(await tokenizer(target)).toBe(await tokenizer(model));
  });

  it('makes a folder of a GGUF file, with a warning where its tokenizer cannot be written', async () => {
    const model = join(FIXTURES, 'gguf', 'qwen3.gguf');
    const adapter = join(FIXTURES, 'models', 'qwen3', 'dora');
    const { output } = await merge(
      ...['--model', model, '--adapter', adapter, '--output', join(folder, 'hf'), '--json'],
    );
    expect(JSON.parse(output).warnings).toEqual([
      expect.stringContaining('the merged folder has no tokenizer'),
    ]);
    const base = await loadCheckpoint(model);
    const expected = mergedCheckpoint(base, await loadAdapterFor(adapter, base), 1);
    expect(await loadCheckpoint(join(folder, 'hf'))).toEqual(expected);
  });

  it('unties a head that the adapter replaces', async () => {
    const adapter = join(FIXTURES, 'peft', 'variants', 'saved-embedding-tied');
    const model = join(FIXTURES, 'models', 'qwen2');
    await merge('--model', model, '--adapter', adapter, '--output', join(folder, 'untied'));
    const { config, weights } = await loadCheckpoint(join(folder, 'untied'));
    expect(config.tiedEmbeddings).toBe(false);
    expect(weights.get('lm_head.weight')).toEqual(
      (await loadCheckpoint(model)).weights.get('model.embed_tokens.weight'),
    );
  });

  it('writes over nothing, and leaves nothing behind when it fails', async () => {
    const target = join(folder, 'merged');
    await merge(...llama, '--output', target);
    const again = await merge(...llama, '--output', target, '--json');
    expect(again.code).toBe(2);
    expect(JSON.parse(again.output.slice(again.output.indexOf('{'))).error.message).toContain('is not empty');
    const other = ['--model', join(FIXTURES, 'models', 'gpt2'), '--adapter', llama[3]!];
    expect((await merge(...other, '--output', join(folder, 'none'))).code).toBe(2);
    expect(await readdir(folder)).toEqual(['merged']);
  });
});

it('weights above the limit lie in shards with an index, as transformers writes them', async () => {
  const { config, weights } = await loadCheckpoint(join(FIXTURES, 'peft', 'base'));
  const files = await writeWeights(folder, weights, 'F32', 30_000);
  expect(files.at(-1)).toBe('model.safetensors.index.json');
  expect(files.length).toBeGreaterThan(3);
  expect(files[0]).toBe(`model-00001-of-${String(files.length - 1).padStart(5, '0')}.safetensors`);
  const index = JSON.parse(await readFile(join(folder, files.at(-1)!), 'utf8'));
  expect(Object.keys(index.weight_map).sort()).toEqual([...weights.keys()].sort());
  const sizes = [...weights.values()].map(({ values }) => 4 * values.length);
  expect(index.metadata.total_size).toBe(sizes.reduce((a, b) => a + b));
  await writeFile(join(folder, 'config.json'), await readFile(join(FIXTURES, 'peft', 'base', 'config.json')));
  expect(await loadCheckpoint(folder)).toEqual({ config, weights });
  expect((await readSafetensors(join(folder, files[0]!))).size).toBeGreaterThan(0);
});

/** Of one module, by hand. */
async function adapterOfNano(folder: string): Promise<void> {
  const { saveAdapter } = await import('../../src/training/adapter-files.js');
  const { initialAdapter } = await import('../../src/training/initial-adapter.js');
  const { runConfigSchema } = await import('../../src/core/run-config.js');
  const { config: base } = await loadCheckpoint(join('models', 'nano'));
  const config = runConfigSchema.parse({
    model: 'm',
    data: { train: 't' },
    steps: 1,
    lora: { targetModules: ['layers.0.mlp.up_proj'] },
  });
  const provenance = {
    config,
    scales: { 'model.layers.0.mlp.up_proj': 2 },
    base: { path: 'm', hash: '0' },
    step: 1,
  };
  await saveAdapter(folder, { base, adapter: initialAdapter(base, config.lora, 1) }, provenance);
}
