import { describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { loraConfig } from '../../src/core/lora-config.js';
import { disposeBatch, packRows, toBatch } from '../../src/training/batches.js';
import { initialAdapter } from '../../src/training/initial-adapter.js';
import { frozenLayers, toTensors } from '../../src/training/layers.js';
import { forward } from '../../src/training/llama.js';
import { loraLayers } from '../../src/training/lora.js';
import { type Binding, binding } from '../../src/training/native-handles.js';
import { hasNativeKernels } from '../../src/training/native-kernels.js';
import { crossEntropy } from '../../src/training/ops.js';
import { Parameters } from '../../src/training/parameters.js';
import { nativeIsInstalled, useBackend } from './backend.js';
import { TINY, tinyWeights } from './tiny-model.js';

// What a LoRA step launches: an operation too many costs every step of every run, and nothing else would show it.

/** Loss and gradients of rows of equal length, all of whose tokens are asked for. */
function stepOf(layers: number): { run(): tf.Tensor[]; dispose(): void } {
  const config = { ...TINY, layers };
  const weights = toTensors(tinyWeights(config));
  const parameters = new Parameters(initialAdapter(config, loraConfig.parse({ rank: 2 }), 3));
  const adapted = loraLayers(frozenLayers(config, weights), weights, parameters.tensors, 2);
  const sequences = [1, 2].map((seed) => ({
    ids: [3, 7, 1, 19, 4].map((id) => id + seed),
    from: 1,
    bytes: 4,
  }));
  const batch = toBatch(config, packRows(sequences));
  const lossOf = (..._: tf.Tensor[]) =>
    crossEntropy(forward(config, adapted, batch.rows), batch.targets, batch.weights) as tf.Scalar;
  return {
    run() {
      const { value, grads } = tf.valueAndGrads(lossOf)([...parameters.tensors.values()]);
      return [value, ...grads];
    },
    dispose() {
      disposeBatch(batch);
      parameters.dispose();
      tf.dispose([...weights.values()]);
    },
  };
}

/** How often each kernel of tfjs's engine ran. */
async function kernelsOf(layers: number): Promise<Record<string, number>> {
  const { run, dispose } = stepOf(layers);
  const { kernels } = await tf.profile(() => void tf.dispose(run()));
  dispose();
  const counts: Record<string, number> = {};
  for (const { name } of kernels) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}

/** How many operations TensorFlow ran; none of them may be read back. */
function operationsOf(layers: number): number {
  const { run, dispose } = stepOf(layers);
  const backend = tf.backend() as unknown as { binding: Binding };
  const real = binding();
  tf.dispose(run());
  let [operations, reads] = [0, 0];
  const executeOp: Binding['executeOp'] = (...call) => {
    operations++;
    return real.executeOp(...call);
  };
  const tensorDataSync = () => reads++;
  const others = Object.getOwnPropertyNames(real).map((name) => [name, Reflect.get(real, name)]);
  backend.binding = { ...Object.fromEntries(others), executeOp, tensorDataSync };
  try {
    tf.dispose(run());
  } finally {
    backend.binding = real;
    dispose();
  }
  expect(reads).toBe(0);
  return operations;
}

describe('a LoRA step', () => {
  it('computes on WASM what it needs, and no gradient of what is frozen', async () => {
    await useBackend('wasm');
    const layers = 3;
    const counts = await kernelsOf(layers);
    expect(counts).toMatchObject({
      RanksweepLoraLinear: 7 * layers,
      // Nobody needs the gradient of what the first layer's q, k and v see.
      RanksweepLoraLinearGrad: 7 * layers - 3,
      RanksweepLoraWeightGrad: 3,
      RanksweepRmsNorm: 2 * layers + 1,
      RanksweepRmsNormGrad: 2 * layers,
      RanksweepAttention: layers,
      RanksweepAttentionGrad: layers,
      RanksweepRotary: 4 * layers,
      RanksweepSwiglu: layers,
      RanksweepSwigluGrad: layers,
      RanksweepCrossEntropy: 1,
      // the head, forward and backward
      BatchMatMul: 2,
    });
    for (const name of ['RanksweepRmsNormWeightGrad', 'UnsortedSegmentSum', 'Transpose', 'Tile'])
      expect(counts).not.toHaveProperty(name);
  });

  it('reads nothing back before its end', async () => {
    await useBackend('wasm');
    const { run, dispose } = stepOf(2);
    const backend = tf.backend() as { readSync: unknown; read: unknown };
    const { readSync, read } = backend;
    let reads = 0;
    Object.assign(backend, { readSync: () => reads++, read: () => reads++ });
    tf.dispose(run());
    Object.assign(backend, { readSync, read });
    dispose();
    expect(reads).toBe(0);
  });

  // `npm run test:native` installs it and runs this.
  if (nativeIsInstalled()) {
    it('takes few operations a layer on native TensorFlow', async () => {
      await useBackend('tfjs-node');
      const perLayer = operationsOf(4) - operationsOf(3);
      expect(perLayer).toBeLessThanOrEqual(hasNativeKernels() ? 78 : 186);
    });
  }
});
