import type * as tf from '@tensorflow/tfjs';
import { check, kernel, rowsAndColumns, run } from './kernel.js';

// RMSNorm (Zhang & Sennrich 2019): y = x·inverse·weight with inverse = 1/√(mean x² + epsilon), row by row.

/** x [N,D], weight [D] → y [N,D] and inverse [N], which the gradients need. Sums are in float64. */
export function rmsNorm(x: tf.Tensor, weight: tf.Tensor, epsilon: number): [tf.Tensor, tf.Tensor] {
  const [, d] = rowsAndColumns('rmsNorm x', x);
  check('rmsNorm weight', weight, [d]);
  return run('RanksweepRmsNorm', { x, weight }, { epsilon });
}

/** The gradient for x, [N,D]. */
export function rmsNormGrad(dy: tf.Tensor, x: tf.Tensor, weight: tf.Tensor, inverse: tf.Tensor): tf.Tensor {
  const [n, d] = rowsAndColumns('rmsNormGrad x', x);
  check('rmsNormGrad dy', dy, [n, d]);
  check('rmsNormGrad weight', weight, [d]);
  check('rmsNormGrad inverse', inverse, [n]);
  return run('RanksweepRmsNormGrad', { dy, x, weight, inverse });
}

/** The gradient for the weight, [D]. */
export function rmsNormWeightGrad(dy: tf.Tensor, x: tf.Tensor, inverse: tf.Tensor): tf.Tensor {
  const [n, d] = rowsAndColumns('rmsNormWeightGrad x', x);
  check('rmsNormWeightGrad dy', dy, [n, d]);
  check('rmsNormWeightGrad inverse', inverse, [n]);
  return run('RanksweepRmsNormWeightGrad', { dy, x, inverse });
}

const forward = kernel<{ epsilon: number }>('RanksweepRmsNorm', ({ inputs, attrs, kernels, at, output }) => {
  const [rows, d] = inputs.x!.shape as [number, number];
  const [y, inverse] = [output([rows, d]), output([rows])];
  kernels.rmsNorm(rows, d, at(inputs.x), at(inputs.weight), attrs.epsilon, at(y), at(inverse));
  return [y, inverse];
});

const backward = kernel(
  'RanksweepRmsNormGrad',
  ({ inputs: { dy, x, weight, inverse }, kernels, at, output }) => {
    const [rows, d] = x!.shape as [number, number];
    const dx = output([rows, d]);
    kernels.rmsNormGrad(rows, d, at(dy), at(x), at(weight), at(inverse), at(dx));
    return dx;
  },
);

const weightBackward = kernel('RanksweepRmsNormWeightGrad', ({ inputs, kernels, at, output }) => {
  const [rows, d] = inputs.x!.shape as [number, number];
  const dWeight = output([d]);
  kernels.rmsNormWeightGrad(rows, d, at(inputs.dy), at(inputs.x), at(inputs.inverse), at(dWeight));
  return dWeight;
});

export const NORM_KERNELS = [forward, backward, weightBackward];
