import { beforeAll, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { type DoraWeights, doraLinear } from '../../src/training/dora.js';
import { keepMask } from '../../src/training/kernels/dropout.js';
import { useBackend } from './backend.js';

// PEFT's formula (peft/tuners/lora/dora.py, DoraLinearLayer.forward, and DoraLinearVariant.forward with dropout) written out in tfjs's own
// operations and gradients: y = x·Wᵀ + (g - 1)⊙(d·Wᵀ) + g⊙s·(d·Aᵀ)·Bᵀ with d = drop(x), g = m/‖W + s·B·A‖, the norm taken as a constant.

const [ROWS, WIDE, OUT, RANK, SCALE] = [5, 7, 6, 3, 0.75];
const dropout = { rate: 0.4, key: [11, 77] as [number, number] };

const some = (shape: number[], phase: number) =>
  tf.tensor(
    Array.from(
      { length: shape.reduce((a, b) => a * b, 1) },
      (_, i) => Math.sin(3 * i + phase) + 0.2 * Math.cos(7 * i),
    ),
    shape,
  );

function setting() {
  const [w, a, b] = [some([OUT, WIDE], 1), some([RANK, WIDE], 2), some([OUT, RANK], 3)];
  const squares = tf.sum(tf.square(w), 1);
  return { x: some([ROWS, WIDE], 4), w, a, b, lengths: tf.add(tf.abs(some([OUT], 5)), 1), squares };
}

/** Value and gradients of Σ y⊙t by PEFT's formula. */
function peft({ x, w, a, b, lengths }: ReturnType<typeof setting>, isDropped: boolean, t: tf.Tensor) {
  const norm = tf.norm(tf.add(w, tf.mul(tf.matMul(b, a), SCALE)), 2, 1);
  const kept = Float32Array.from(keepMask(ROWS * WIDE, dropout), (keep) => keep / (1 - dropout.rate));
  const mask = isDropped ? tf.tensor(kept, [ROWS, WIDE]) : tf.ones([ROWS, WIDE]);
  const y = (...[x, a, b, m]: tf.Tensor[]) => {
    const d = tf.mul(x!, mask);
    const g = tf.div(m!, norm);
    const lora = tf.mul(tf.matMul(tf.matMul(d, a!, false, true), b!, false, true), SCALE);
    const base = tf.mul(tf.sub(g, 1), tf.matMul(d, w, false, true));
    return tf.add(tf.add(tf.matMul(x!, w, false, true), base), tf.mul(g, lora));
  };
  return judged(y, [x, a, b, lengths], t);
}

function ours(all: ReturnType<typeof setting>, isDropped: boolean, t: tf.Tensor) {
  const { w, squares } = all;
  const options = isDropped ? { scale: SCALE, dropout } : { scale: SCALE };
  const y = (...[x, a, b, lengths]: tf.Tensor[]) =>
    doraLinear(x!, { w, squares, a: a!, b: b!, lengths: lengths! } satisfies DoraWeights, options);
  return judged(y, [all.x, all.a, all.b, all.lengths], t);
}

function judged(y: (...inputs: tf.Tensor[]) => tf.Tensor, inputs: tf.Tensor[], t: tf.Tensor) {
  const { grads } = tf.valueAndGrads((...args: tf.Tensor[]) => tf.sum(tf.mul(y(...args), t)) as tf.Scalar)(
    inputs,
  );
  return [y(...inputs), ...grads].map((tensor) => Array.from(tensor.dataSync()));
}

describe.each(['wasm', 'cpu'] as const)('DoRA on %s', (backend) => {
  beforeAll(() => useBackend(backend));

  it.each([false, true])("has PEFT's value and gradients, dropout %s", (isDropped) => {
    const all = setting();
    const t = some([ROWS, OUT], 6);
    const expected = peft(all, isDropped, t);
    const found = ours(all, isDropped, t);
    expect(found.map((part) => part.length)).toEqual(expected.map((part) => part.length));
    for (const [i, part] of expected.entries()) {
      const difference = part.reduce((most, value, j) => Math.max(most, Math.abs(value - found[i]![j]!)), 0);
      expect(difference).toBeLessThan(2e-5);
    }
  });
});
