import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { buildProgram } from '../../src/cli/program.js';
import { readSafetensors } from '../../src/training/safetensors.js';

// Against the logits of transformers and PEFT, by test/fixtures/models/make.py.

const FIXTURES = join('test', 'fixtures', 'models');
const record = JSON.parse(await readFile(join(FIXTURES, 'expected.json'), 'utf8'));
const ids: number[] = record.ids;
const folder = await mkdtemp(join(tmpdir(), 'ranksweep-score-'));

afterEach(() => {
  jest.restoreAllMocks();
  process.exitCode = 0;
});

/** What the command prints and its exit code. */
async function score(tokens: unknown, ...options: string[]) {
  const file = join(folder, 'tokens.json');
  await writeFile(file, JSON.stringify(tokens));
  let output = '';
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += text;
    return true;
  });
  const args = ['score', '--tokens', file, '--backend', 'wasm', ...options];
  await buildProgram().parseAsync(['node', 'ranksweep', ...args]);
  return { output, code: process.exitCode };
}

async function scoreJson(tokens: unknown, ...options: string[]) {
  const { output } = await score(tokens, ...options, '--json');
  return JSON.parse(output);
}

const model = (name: string) => ['--model', join(FIXTURES, name)];
const adapter = (name: string) => ['--adapter', join(FIXTURES, name, 'adapter')];

/** log softmax of the fixture's logits at each next token. */
async function expected(name: string, which: string): Promise<number[]> {
  const { values, shape } = (await readSafetensors(join(FIXTURES, name, 'logits.safetensors'))).get(which)!;
  return ids.slice(1).map((id, i) => {
    const row = values.subarray(i * shape[1]!, (i + 1) * shape[1]!);
    return row[id]! - Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0));
  });
}

const closeTo = (values: number[]) => values.map((value) => expect.closeTo(value, 4));

describe.each(Object.keys(record.models))('%s', (name) => {
  it('alone, under its adapter, and at half its scale', async () => {
    const base = await scoreJson(ids, ...model(name));
    expect(base.logProbabilities).toEqual(closeTo(await expected(name, 'base')));
    const adapted = await scoreJson(ids, ...model(name), ...adapter(name));
    expect(adapted.logProbabilities).toEqual(closeTo(await expected(name, 'adapted')));
    expect(adapted.scales).toEqual(record.models[name].scales);
    const half = await scoreJson(ids, ...model(name), ...adapter(name), '--scale', '0.5');
    expect(half.logProbabilities).toEqual(closeTo(await expected(name, 'half')));
    const zero = await scoreJson(ids, ...model(name), ...adapter(name), '--scale', '0');
    expect(zero.logProbabilities).toEqual(base.logProbabilities);
  });
});

describe.each(Object.keys(record.models))('%s', (name) => {
  it("with DoRA and with modules that the adapter replaces, whole and at half of PEFT's scale", async () => {
    const options = [...model(name), '--adapter', join(FIXTURES, name, 'dora')];
    const base = await scoreJson(ids, ...model(name));
    const whole = await scoreJson(ids, ...options);
    expect(whole.logProbabilities).toEqual(closeTo(await expected(name, 'dora')));
    const half = await scoreJson(ids, ...options, '--scale', '0.5');
    expect(half.logProbabilities).toEqual(closeTo(await expected(name, 'dora-half')));
    expect(half.logProbabilities).not.toEqual(whole.logProbabilities);
    const zero = await scoreJson(ids, ...options, '--scale', '0');
    expect(zero.logProbabilities).toEqual(base.logProbabilities);
  });
});

it('scores several sequences, each by itself, nested as they came', async () => {
  const { logProbabilities } = await scoreJson([ids.slice(0, 7), [5], ids.slice(0, 3)], ...model('qwen3'));
  const values = await expected('qwen3', 'base');
  expect(logProbabilities).toEqual([closeTo(values.slice(0, 6)), [], closeTo(values.slice(0, 2))]);
});

it('prints scales and perplexity for people', async () => {
  const { output } = await score(ids, ...model('gpt2'), ...adapter('gpt2'));
  expect(output).toContain('GPT2LMHeadModel, 30');
  expect(output).toMatch(/transformer\.h\.0\.attn\.c_attn {2}scale 4\n/);
  expect(output).toMatch(/39 next tokens, mean log-probability -\d+\.\d+, perplexity \d+/);
});

it.each([
  [[1, 96], 'tokens[1]: found 96, the model'],
  [
    [
      [1, 2],
      [3, -1],
    ],
    'tokens[1][1]: found -1',
  ],
  [[1, 2.5], 'tokens[1]: found 2.5'],
  [[], 'expected token ids in array 0, found []'],
  [{}, 'expected an array of token ids'],
  [[1, 'a'], 'expected token ids in array 0'],
  [Array(66).fill(1), "found 66 tokens, the model's context is 64"],
])('refuses %j', async (tokens, message) => {
  const { error } = await scoreJson(tokens, ...model('gpt2'));
  expect(error.message).toContain(message);
  expect(process.exitCode).toBe(2);
});

it('refuses an adapter of another base, by the names of its matrices', async () => {
  const { error } = await scoreJson(ids, ...model('gpt2'), ...adapter('llama'));
  expect(error.message).toContain('target_modules: found ["down_proj","gate_proj"');
});

describe('several adapters on one base', () => {
  const named = (name: string, adapter: string) => [
    '--adapter',
    `${name}=${join(FIXTURES, 'qwen3', adapter)}`,
  ];

  it('are scored by name, each as alone', async () => {
    const both = await scoreJson(
      ids,
      ...model('qwen3'),
      ...named('plain', 'adapter'),
      ...named('dora', 'dora'),
    );
    expect(Object.keys(both.adapters)).toEqual(['plain', 'dora']);
    const alone = await scoreJson(ids, ...model('qwen3'), '--adapter', join(FIXTURES, 'qwen3', 'dora'));
    const { scales, logProbabilities } = alone;
    const folder = join(FIXTURES, 'qwen3', 'dora');
    expect(both.adapters.dora).toEqual({ adapter: folder, trainedOn: null, scales, logProbabilities });
    expect(both.adapters.plain.logProbabilities).toEqual(closeTo(await expected('qwen3', 'adapted')));
  });

  it('are scored on a quantised base, which the text names', async () => {
    const nf4 = await scoreJson(
      ids,
      ...model('qwen3'),
      ...named('plain', 'adapter'),
      '--quantization',
      'nf4',
    );
    expect(nf4.quantization).toBe('nf4');
    const dense = await scoreJson(ids, ...model('qwen3'), ...named('plain', 'adapter'));
    expect(nf4.adapters.plain.logProbabilities).not.toEqual(dense.adapters.plain.logProbabilities);
    const { output } = await score(ids, ...model('qwen3'), '--quantization', 'nf4');
    expect(output).toMatch(/^Qwen3ForCausalLM, .* linear layers as nf4 codes$/m);
  });

  it('have a heading each in text', async () => {
    const { output } = await score(
      ids,
      ...model('qwen3'),
      ...named('plain', 'adapter'),
      ...named('dora', 'dora'),
    );
    expect(output.match(/^adapter \w+$/gm)).toEqual(['adapter plain', 'adapter dora']);
  });

  it('need names, and different ones', async () => {
    const one = join(FIXTURES, 'qwen3', 'adapter');
    const unnamed = await scoreJson(ids, ...model('qwen3'), '--adapter', one, '--adapter', `b=${one}`);
    expect(unnamed.error.message).toContain(`found "${one}" among several, expected NAME=FOLDER`);
    const twice = await scoreJson(ids, ...model('qwen3'), '--adapter', `b=${one}`, '--adapter', `b=${one}`);
    expect(twice.error.message).toContain('found a name twice');
  });
});
