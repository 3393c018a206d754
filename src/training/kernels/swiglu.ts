import * as tf from '@tensorflow/tfjs';
import { check, kernel, run } from './kernel.js';

// SwiGLU (Shazeer 2020): y = silu(gate)·up, silu(g) = g·σ(g).

/** gate, up of one shape → y of that shape. */
export function swiglu(gate: tf.Tensor, up: tf.Tensor): tf.Tensor {
  check('swiglu gate', gate, gate.shape);
  check('swiglu up', up, gate.shape);
  return run('RanksweepSwiglu', { gate, up });
}

/** The gradients for gate and up. */
export function swigluGrad(dy: tf.Tensor, gate: tf.Tensor, up: tf.Tensor): [tf.Tensor, tf.Tensor] {
  for (const tensor of [dy, gate, up]) check('swigluGrad', tensor, gate.shape);
  return run('RanksweepSwigluGrad', { dy, gate, up });
}

const forward = kernel('RanksweepSwiglu', ({ inputs: { gate, up }, kernels, at, output }) => {
  const y = output(gate!.shape);
  kernels.swiglu(tf.util.sizeFromShape(y.shape), at(gate), at(up), at(y));
  return y;
});

const backward = kernel('RanksweepSwigluGrad', ({ inputs: { dy, gate, up }, kernels, at, output }) => {
  const [dGate, dUp] = [output(gate!.shape), output(gate!.shape)];
  const n = tf.util.sizeFromShape(gate!.shape);
  kernels.swigluGrad(n, at(dy), at(gate), at(up), at(dGate), at(dUp));
  return [dGate, dUp];
});

export const SWIGLU_KERNELS = [forward, backward];
