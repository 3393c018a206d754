import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { RanksweepError } from '../../src/core/errors.js';
import { IGNORE_MEMORY } from '../../src/core/ignore-memory.js';
import { type RunConfigInput, runConfigSchema } from '../../src/core/run-config.js';
import { activationCount } from '../../src/training/activation-sizes.js';
import { shapeOf } from '../../src/training/batch-shapes.js';
import { disposeBatch, packRows, toBatch } from '../../src/training/batches.js';
import { frozenLayers, toTensors } from '../../src/training/layers.js';
import { parameterCount } from '../../src/training/layout.js';
import { hiddenStates } from '../../src/training/llama.js';
import { describeMemory, estimateMemory } from '../../src/training/memory-estimate.js';
import { checkMemory, type MemoryPlan, planMemory } from '../../src/training/memory-plan.js';
import type { ModelConfig } from '../../src/training/model-config.js';
import type { RunPlan } from '../../src/training/prepare-run.js';
import type { Sequence } from '../../src/training/sequences.js';
import { trainRun } from '../../src/training/train-run.js';
import { useBackend } from './backend.js';
import { makeRun, TINY, tinyWeights } from './tiny-model.js';

jest.setTimeout(60_000);

const GPT2: ModelConfig = {
  ...{ ...TINY, architecture: 'GPT2LMHeadModel', keyValueHeads: 4 },
  biases: ['ln_1', 'attn.c_attn', 'attn.c_proj', 'ln_2', 'mlp.c_fc', 'mlp.c_proj'],
};

/** n sequences of a length, of which the last `asked` tokens are asked for. */
const sequences = (n: number, length: number, asked: number): Sequence[] =>
  Array.from({ length: n }, () => ({
    ...{ ids: Array.from({ length: length + 1 }, (_, i) => i), from: length + 1 - asked, bytes: length },
  }));

describe('the count of activations', () => {
  beforeAll(() => useBackend('wasm'));

  /** What TensorFlow.js holds after a forward pass that has no gradient, in numbers. */
  function held(model: ModelConfig, of: Sequence[]): number {
    const weights = toTensors(tinyWeights(model));
    const batch = toBatch(model, packRows(of, true));
    const before = tf.memory().numBytes;
    const bytes = tf.tidy(() => {
      hiddenStates(model, frozenLayers(model, weights), batch.rows);
      return tf.memory().numBytes - before;
    });
    disposeBatch(batch);
    tf.dispose([...weights.values()]);
    return bytes / 4;
  }

  /**
   * What is kept for the gradient only: probabilities; turned queries and keys; for GPT-2 the normalised rows and tanh. Less what is counted
   * twice: Qwen3's heads are the same memory under another shape.
   */
  function kept(model: ModelConfig, rows: number, width: number): number {
    const { architecture, layers, heads, keyValueHeads, headDimension, hiddenSize, intermediateSize } = model;
    const turned = headDimension * (heads + keyValueHeads);
    const own = architecture === 'GPT2LMHeadModel' ? 2 * hiddenSize + intermediateSize : turned;
    const twice = architecture === 'Qwen3ForCausalLM' ? 2 * turned : 0;
    return layers * rows * (heads * width + own - twice);
  }

  const models = { llama: TINY, qwen3: { ...TINY, architecture: 'Qwen3ForCausalLM' as const }, gpt2: GPT2 };
  for (const [name, model] of Object.entries(models)) {
    it(`is what the backend holds after a forward pass of ${name}`, () => {
      const batch = sequences(4, 32, 32);
      const shape = shapeOf(batch, true);
      const ratio = activationCount(model, shape) / (held(model, batch) + kept(model, 128, 32));
      expect(ratio).toBeGreaterThan(0.95);
      expect(ratio).toBeLessThan(1.05);
    });
  }

  it('is less where only some rows are asked for', () => {
    const batch = sequences(4, 32, 5);
    const ratio = activationCount(TINY, shapeOf(batch, true)) / (held(TINY, batch) + kept(TINY, 128, 32));
    expect(ratio).toBeGreaterThan(0.95);
    expect(ratio).toBeLessThan(1.05);
  });
});

const SMALL: ModelConfig = {
  ...{ ...TINY, vocabularySize: 4096, hiddenSize: 384, intermediateSize: 1024, layers: 6 },
  ...{ heads: 6, keyValueHeads: 6, headDimension: 64, contextLength: 512 },
};

function plan(changes: Partial<RunConfigInput> = {}) {
  const input = { model: 'm', data: { train: 't' }, steps: 100, ...changes };
  const config = runConfigSchema.parse(input);
  const train = sequences(64, config.sequenceLength, config.sequenceLength);
  const tokensAtOnce = config.batchSize * config.sequenceLength;
  const run = { model: SMALL, train, validation: null, evaluations: [], steps: 100, tokensAtOnce };
  const memory = planMemory(config, run as unknown as RunPlan, 'wasm', true);
  return { config, memory };
}

describe('the estimate', () => {
  it('is the sum of its parts, and says them from the largest on', () => {
    const { estimate } = plan().memory;
    expect(estimate.bytes).toBe(estimate.parts.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(describeMemory(estimate)).toMatch(/^\d+ MB of memory: \d+ MB activations, \d+ MB the runtime, /);
  });

  it('grows with what costs memory', () => {
    const bytes = (changes: Partial<RunConfigInput>) => plan(changes).memory.estimate.bytes;
    const base = bytes({});
    expect(bytes({ batchSize: 16 })).toBeGreaterThan(1.5 * base);
    expect(bytes({ sequenceLength: 256 })).toBeGreaterThan(1.5 * base);
    expect(bytes({ lora: { rank: 64 } })).toBeGreaterThan(base);
    // nine copies of all weights, at least
    expect(bytes({ method: 'full' }) - base).toBeGreaterThan(6 * 4 * parameterCount(SMALL));
    expect(bytes({ quantization: 'nf4' })).toBeLessThan(base);
  });

  it('is that of the largest batch, be it of an evaluation', () => {
    const [short, long] = [sequences(8, 16, 4), sequences(1, 128, 128)];
    const config = runConfigSchema.parse({
      model: 'm',
      data: { train: 't' },
      steps: 2,
      batchSize: 1,
      sequenceLength: 128,
    });
    const run = { model: SMALL, train: short, validation: null, steps: 2, tokensAtOnce: 128 };
    const evaluations = [{ sequences: long }];
    const memory = planMemory(config, { ...run, evaluations } as unknown as RunPlan, 'wasm', true);
    expect(memory.shape).toEqual({ rows: 128, predicted: 128, width: 128 });
    expect(memory.estimate).toEqual(estimateMemory(config, SMALL, memory.shape, 'wasm'));
  });
});

describe('a run that needs more than there is', () => {
  function refusal(
    { config, memory }: { config: ReturnType<typeof plan>['config']; memory: MemoryPlan },
    available: number,
  ) {
    try {
      checkMemory(config, SMALL, memory, available);
      return null;
    } catch (error) {
      expect(error).toBeInstanceOf(RanksweepError);
      return error as RanksweepError;
    }
  }

  afterAll(() => {
    delete process.env[IGNORE_MEMORY];
  });

  it('is refused with numbers, and with what to lower to what', () => {
    const planned = plan({ batchSize: 32 });
    expect(refusal(planned, planned.memory.estimate.bytes)).toBeNull();
    const { code, message, problems } = refusal(planned, 0.6e9)!;
    expect(code).toBe('UNAVAILABLE');
    expect(message).toMatch(
      /^This run needs about 1\.\d GB of memory: .* activations, .*; 600 MB are available\. /,
    );
    expect(message).toMatch(/--ignore-memory \(or RANKSWEEP_IGNORE_MEMORY=1\) begins it anyway\.$/);
    expect(problems).toEqual([
      {
        field: 'gradientCheckpointing',
        message: expect.stringMatching(/^found false, with true it needs about \d+ MB$/),
      },
      { field: 'batchSize', message: expect.stringMatching(/^found 32, with 8 it needs about \d+ MB$/) },
      {
        field: 'sequenceLength',
        message: expect.stringMatching(/^found 128, with 32 it needs about \d+ MB$/),
      },
    ]);
    // what is advised is not refused
    expect(refusal(plan({ batchSize: 8 }), 0.6e9)).toBeNull();
  });

  it('is told to take LoRA, or another model, where nothing else helps', () => {
    const full = refusal(plan({ method: 'full', batchSize: 1, sequenceLength: 16 }), 0.4e9)!;
    expect(full.problems).toEqual([
      { field: 'method', message: expect.stringMatching(/^found full, with lora it needs about \d+ MB$/) },
    ]);
    const none = refusal(plan({ batchSize: 1 }), 0.01e9)!;
    expect(none.problems).toEqual([
      { field: 'model', message: 'found 12.2 million parameters, expected fewer' },
    ]);
  });

  it('cannot have more than WebAssembly can, however much there is', () => {
    const planned = plan({ batchSize: 512 });
    expect(refusal(planned, 1e12)!.message).toContain('4.3 GB is what WebAssembly can have');
  });

  it('begins if the user insists', () => {
    process.env[IGNORE_MEMORY] = '1';
    expect(refusal(plan({ batchSize: 32 }), 1)).toBeNull();
  });
});

it('a run says what it needs before it begins, and what it had', async () => {
  const { config, folder } = await makeRun({ steps: 2 });
  const lines: string[] = [];
  const estimates: number[] = [];
  const { memory } = await trainRun(config, folder, {
    log: (line) => lines.push(line),
    onMemory: ({ bytes }) => estimates.push(bytes),
  });
  expect(lines[1]).toMatch(/^needs about \d+ MB of memory: \d+ MB the runtime, /);
  expect(estimates).toEqual([memory.estimatedBytes]);
  expect(memory.peakBytes).toBeGreaterThanOrEqual(process.memoryUsage.rss() / 2);
});
