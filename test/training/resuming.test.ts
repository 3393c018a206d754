import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, jest } from '@jest/globals';
import { isMeasured } from '../../src/core/measured-metric.js';
import type { RunConfig, RunConfigInput } from '../../src/core/run-config.js';
import { type Continuation, openContinuation } from '../../src/training/resuming.js';
import { readRunInputs } from '../../src/training/run-inputs.js';
import { type TrainingHooks, type TrainingPoint, trainRun } from '../../src/training/train-run.js';
import { readTrainingState, saveTrainingState } from '../../src/training/training-state.js';
import { makeRun } from './tiny-model.js';

jest.setTimeout(60_000);

/** Everything that has a state: dropout, warm-up and decay, moments, clipping, validation, patience with its best weights. */
const EVERYTHING: Partial<RunConfigInput> = {
  lora: { rank: 2, dropout: 0.2 },
  optimizer: { learningRate: 0.5, schedule: { name: 'cosine', warmupSteps: 2 } },
  steps: 14,
  evaluationInterval: 2,
  earlyStopping: { patience: 3, minDelta: 1000 },
  checkpointInterval: 3,
};

class Interrupted extends Error {}

/** @param resumeFrom null: the run's own state file, if it is there */
async function train(
  { config, folder }: { config: RunConfig; folder: string },
  hooks: TrainingHooks = {},
  resumeFrom: string | null = null,
) {
  const inputs = await readRunInputs(config);
  const lines: string[] = [];
  const stateFile = join(folder, 'state', 'run.safetensors');
  const wanted = { config, inputs, runId: 'run-1', stateFile, resumeFrom };
  const continuation = await openContinuation(wanted, (line) => lines.push(line));
  const points: TrainingPoint[] = [];
  const onPoints = (some: TrainingPoint[]) => points.push(...some);
  const output = join(folder, 'output');
  const result = await trainRun(config, output, { onPoints, ...hooks }, undefined, continuation);
  const adapter =
    result.adapterFolder && (await readFile(join(output, 'adapter', 'adapter_model.safetensors')));
  return { result, points: points.filter(isComparable), adapter, lines, stateFile };
}

/** Speed and memory are others each time. */
const isComparable = ({ metric }: TrainingPoint) => !isMeasured(metric);

/** Ends a run after a step as a crash would: nothing is saved then. */
async function crashAfter(step: number, made: { config: RunConfig; folder: string }): Promise<void> {
  const onProgress = (progress: { step: number }) => {
    if (progress.step === step) throw new Interrupted();
  };
  await expect(train(made, { onProgress })).rejects.toBeInstanceOf(Interrupted);
}

describe('a run that goes on', () => {
  it('from its last checkpoint has the bits of one that was never interrupted', async () => {
    const whole = await train(await makeRun(EVERYTHING));
    const made = await makeRun(EVERYTHING);
    await crashAfter(8, made);
    const { step, best, validation } = await readTrainingState(join(made.folder, 'state', 'run.safetensors'));
    expect({ step, hasBest: best !== null }).toEqual({ step: 6, hasBest: true });
    expect(validation.bestStep).not.toBeNull();
    const resumed = await train(made);
    expect(resumed.lines).toEqual(['goes on after step 6 of run run-1']);
    expect(resumed.points).toEqual(whole.points);
    expect(resumed.adapter).toEqual(whole.adapter);
    const { seconds: _, adapterFolder: _folder, memory: _bytes, ...facts } = whole.result;
    expect(resumed.result).toMatchObject(facts);
    expect(whole.result).toMatchObject({ steps: 8, reason: expect.stringContaining('not improved') });
  });

  it('from where it was asked to stop, at a step that is validated too', async () => {
    const settings = { ...EVERYTHING, checkpointInterval: null };
    const whole = await train(await makeRun(settings));
    const made = await makeRun(settings);
    let asked = 0;
    const stopped = await train(made, { shouldStop: () => ++asked === 4 });
    expect(stopped.result).toMatchObject({ outcome: 'stopped', steps: 4 });
    const resumed = await train(made, {}, stopped.stateFile);
    expect(resumed.points).toEqual(whole.points);
    expect(resumed.adapter).toEqual(whole.adapter);
  });

  it("with all of PEFT's options, the base's rest after PiSSA among them", async () => {
    const lora: RunConfigInput['lora'] = {
      rank: 2,
      useDora: true,
      initialization: 'pissa',
      modulesToSave: ['norm'],
      dropout: 0.1,
    };
    const optimizer = { learningRate: 0.01, loraPlusRatio: 4 };
    const settings: Partial<RunConfigInput> = { lora, optimizer, checkpointInterval: 2, steps: 5 };
    const whole = await train(await makeRun(settings));
    const made = await makeRun(settings);
    await crashAfter(3, made);
    const resumed = await train(made);
    expect(resumed.lines).toEqual(['goes on after step 2 of run run-1']);
    expect(resumed.points).toEqual(whole.points);
    expect(resumed.adapter).toEqual(whole.adapter);
  });

  it('with all weights trained', async () => {
    const settings: Partial<RunConfigInput> = { method: 'full', checkpointInterval: 2, steps: 5 };
    const whole = await train(await makeRun(settings));
    const made = await makeRun(settings);
    await crashAfter(5, made);
    const resumed = await train(made);
    expect(resumed.lines).toEqual(['goes on after step 4 of run run-1']);
    expect(resumed.points).toEqual(whole.points);
  });

  it('counts the seconds before', async () => {
    const made = await makeRun({ steps: 3 });
    await train(made, { shouldStop: () => true });
    const path = join(made.folder, 'state', 'run.safetensors');
    await saveTrainingState(path, { ...(await readTrainingState(path)), seconds: 1000 });
    expect((await train(made)).result.seconds).toBeGreaterThan(1000);
  });
});

describe('a state that does not belong to the run', () => {
  async function stopped() {
    const made = await makeRun({ steps: 3 });
    const { stateFile } = await train(made, { shouldStop: () => true });
    return { ...made, stateFile };
  }

  it('is refused if it was asked for', async () => {
    const { config, folder, stateFile } = await stopped();
    const other = { ...config, optimizer: { ...config.optimizer, learningRate: 0.02 } };
    await expect(train({ config: other, folder }, {}, stateFile)).rejects.toThrow(
      /found step 1 of run run-1 with another config, data, model or backend, expected the same/,
    );
    await expect(train({ config, folder }, {}, join(folder, 'none'))).rejects.toThrow('cannot be read');
  });

  it('is left alone if it was only lying there, and so is a broken one', async () => {
    const { config, folder, stateFile } = await stopped();
    await writeFile(config.data.train, `${JSON.stringify({ prompt: 'a', completion: 'b' })}\n`);
    expect((await train({ config, folder })).lines[0]).toMatch(/belongs to another .*: from the beginning$/);
    await mkdir(join(folder, 'state'), { recursive: true });
    await writeFile(stateFile, 'nonsense');
    expect((await train({ config, folder })).lines[0]).toMatch(/shorter than|header.*: from the beginning$/);
  });

  it('does not differ by paths or by the interval of checkpoints', async () => {
    const { folder, config } = await stopped();
    const copy = join(folder, 'copy.jsonl');
    await writeFile(copy, await readFile(config.data.train));
    const moved = { ...config, checkpointInterval: 7, data: { ...config.data, train: copy } };
    expect((await train({ config: moved, folder })).lines).toEqual(['goes on after step 1 of run run-1']);
  });
});

describe('the file of a state', () => {
  it('keeps numbers that JSON has not, and leaves nothing beside it', async () => {
    const { folder } = await makeRun();
    const path = join(folder, 'new', 'state.safetensors');
    const tensors = new Map([['a', { shape: [2], values: Float32Array.of(0.1, -0) }]]);
    const state = {
      ...{ identity: 'x', runId: null, step: 3, updates: 2, tokens: 5, seconds: 1.5, baseLoss: Number.NaN },
      validation: { bestStep: null, bestLoss: Number.POSITIVE_INFINITY, sinceImproved: 0, reference: 1 / 3 },
      points: [{ metric: 'train/loss', step: 1, value: Number.NaN }],
      ...{ parameters: tensors, m: tensors, v: tensors, best: null },
    };
    await saveTrainingState(path, state);
    await saveTrainingState(path, state);
    expect(await readTrainingState(path)).toEqual(state);
    expect(await readdir(join(folder, 'new'))).toEqual(['state.safetensors']);
  });
});

it('no checkpoint is a reason to log, not to fail', async () => {
  const made = await makeRun({ steps: 2, checkpointInterval: 1 });
  const lines: string[] = [];
  const blocked = join(made.folder, 'file');
  await writeFile(blocked, '');
  const continuation: Continuation = {
    ...{ stateFile: join(blocked, 'state'), identity: 'x', runId: null, from: null },
  };
  const hooks = { log: (line: string) => lines.push(line) };
  const result = await trainRun(made.config, join(made.folder, 'output'), hooks, undefined, continuation);
  expect(result.outcome).toBe('finished');
  expect(lines.at(-1)).toMatch(/^no checkpoint at step 1: /);
});
