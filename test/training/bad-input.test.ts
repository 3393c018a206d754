import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, jest } from '@jest/globals';
import { RanksweepError } from '../../src/core/errors.js';
import type { RunConfigInput } from '../../src/core/run-config.js';
import { readSafetensors, type TensorFile, writeSafetensors } from '../../src/training/safetensors.js';
import { trainRun } from '../../src/training/train-run.js';
import { makeRun } from './tiny-model.js';

jest.setTimeout(60_000);

type Made = Awaited<ReturnType<typeof makeRun>>;

/** What a run refuses, before anything of it is trained or scored; paths in the message are relative to the run's folder. */
async function refusalOf(spoil: (made: Made) => Promise<unknown>, changes: Partial<RunConfigInput> = {}) {
  const made = await makeRun(changes);
  await spoil(made);
  let points = 0;
  const error = await trainRun(made.config, made.folder, { onPoints: () => points++ }).catch(
    (cause) => cause,
  );
  expect(error).toBeInstanceOf(RanksweepError);
  expect(points).toBe(0);
  const { code, message, problems } = error as RanksweepError;
  const short = (text: string) => text.replaceAll(`${made.folder}/`, '');
  return {
    code,
    message: short(message),
    problems: problems.map(({ field, message: m }) => `${field}: ${short(m)}`),
  };
}

/** Writes the model's weights again, changed. */
const withWeights = (change: (weights: TensorFile) => void) => async (made: Made) => {
  const file = join(made.folder, 'model', 'model.safetensors');
  const weights = await readSafetensors(file);
  change(weights);
  await writeSafetensors(file, weights);
};

const withConfig = (changes: object) => async (made: Made) => {
  const file = join(made.folder, 'model', 'config.json');
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, 'utf8')), ...changes }));
};

const GATE = 'model.layers.1.mlp.gate_proj.weight';

it('a missing tensor', async () => {
  const refusal = await refusalOf(withWeights((weights) => weights.delete(GATE)));
  expect(refusal).toEqual({
    code: 'INVALID_INPUT',
    message: `model does not fit its config.json: ${GATE}: missing, expected shape [24,16]`,
    problems: [`${GATE}: missing, expected shape [24,16]`],
  });
});

it('a tensor of the wrong shape', async () => {
  const wrong = { shape: [16, 24], values: new Float32Array(16 * 24) };
  const refusal = await refusalOf(withWeights((weights) => weights.set(GATE, wrong)));
  expect(refusal.problems).toEqual([`${GATE}: found shape [16,24], expected [24,16]`]);
});

it('weights that are not finite, each tensor by name', async () => {
  const spoil = (weights: TensorFile) => {
    weights.get(GATE)!.values[7] = Number.NaN;
    weights.get('model.norm.weight')!.values[0] = Number.NEGATIVE_INFINITY;
  };
  const refusal = await refusalOf(withWeights(spoil));
  expect(refusal.problems.sort()).toEqual([
    `${GATE}: found NaN, expected finite numbers`,
    'model.norm.weight: found -Infinity, expected finite numbers',
  ]);
});

it('an unknown architecture', async () => {
  const refusal = await refusalOf(withConfig({ architectures: ['FalconForCausalLM'] }));
  expect(refusal.code).toBe('INVALID_INPUT');
  expect(refusal.message).toMatch(
    /^model\/config\.json: this model cannot be trained here: architectures: found "FalconForCausalLM", expected LlamaForCausalLM, /,
  );
});

it('a config.json that is none', async () => {
  const broken = (made: Made) => writeFile(join(made.folder, 'model', 'config.json'), '{"hidden_size": ');
  expect((await refusalOf(broken)).message).toMatch(/^model\/config\.json is not JSON: /);
  expect((await refusalOf(withConfig({ hidden_size: '16' }))).problems).toContainEqual(
    'hidden_size: found "16", expected a whole number from 1',
  );
});

it('a model, weights or data that are not there, without the words of the system', async () => {
  const gone = (made: Made) => {
    made.config.model = join(made.folder, 'gone');
    return Promise.resolve();
  };
  const model = await refusalOf(gone);
  expect(model.code).toBe('NOT_FOUND');
  expect(model.problems).toEqual(['model: gone/config.json cannot be read: it is not there']);
  const noData = (made: Made) => {
    made.config.data.train = join(made.folder, 'gone.jsonl');
    return Promise.resolve();
  };
  const data = await refusalOf(noData);
  expect(data.message).toBe('data.train: gone.jsonl cannot be read: it is not there');
  const noWeights = (made: Made) => rm(join(made.folder, 'model', 'model.safetensors'));
  expect((await refusalOf(noWeights)).message).toBe(
    'model/model.safetensors cannot be read: it is not there',
  );
});

it('an empty dataset', async () => {
  const empty = (text: string) => (made: Made) => writeFile(made.config.data.train, text);
  for (const text of ['', '\n\n']) {
    const refusal = await refusalOf(empty(text));
    expect(refusal.code).toBe('INVALID_INPUT');
    expect(refusal.message).toBe('data.train: train.jsonl holds no examples');
    expect(refusal.problems).toEqual(['data.train: found no examples, expected one or more']);
  }
});

it('sequences that are longer than the context, or than sequenceLength', async () => {
  const nothing = () => Promise.resolve();
  expect((await refusalOf(nothing, { sequenceLength: 65 })).problems).toEqual([
    "sequenceLength: found 65, the model's context is 64",
  ]);
  const long = async (made: Made) => {
    const record = { prompt: 'ship '.repeat(60), completion: 'port' };
    await writeFile(made.config.data.train, `${JSON.stringify(record)}\n`);
  };
  expect((await refusalOf(long)).problems).toEqual([
    expect.stringMatching(
      /^data\.train: found 1 of 1 examples of up to \d+ tokens, expected at most 32 \(sequenceLength\)$/,
    ),
  ]);
});
