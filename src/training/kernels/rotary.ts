import type * as tf from '@tensorflow/tfjs';
import { check, kernel, rowsAndColumns, run } from './kernel.js';

/**
 * Rotary positions (Su et al. 2021) in Hugging Face's rotate-half form: in each head with halves (p, q) the row at
 * position t becomes (p·cos t - q·sin t, q·cos t + p·sin t).
 * x [N,H·d]; cos, sin [T,d/2]; the position of a row is its index modulo T. The gradient is the inverse rotation.
 */
export function rotary(x: tf.Tensor, cos: tf.Tensor, sin: tf.Tensor, inverse = false): tf.Tensor {
  const [rows, width] = rowsAndColumns('rotary x', x);
  const [length, half] = rowsAndColumns('rotary cos', cos);
  check('rotary sin', sin, [length, half]);
  if (width % (2 * half) !== 0 || rows % length !== 0) {
    throw new Error(
      `rotary: x [${x.shape}] is not whole heads of ${2 * half} in whole sequences of ${length}`,
    );
  }
  return run('RanksweepRotary', { x, cos, sin }, { sign: inverse ? -1 : 1 });
}

const rotate = kernel<{ sign: number }>(
  'RanksweepRotary',
  ({ inputs: { x, cos, sin }, attrs, kernels, at, output }) => {
    const [rows, width] = x!.shape as [number, number];
    const [length, half] = cos!.shape as [number, number];
    const y = output([rows, width]);
    kernels.rotary(rows, length, width / (2 * half), half, at(x), at(cos), at(sin), attrs.sign, at(y));
    return y;
  },
);

export const ROTARY_KERNELS = [rotate];
