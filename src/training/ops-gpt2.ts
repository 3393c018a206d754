import * as tf from '@tensorflow/tfjs';
import { differentiable } from './ops.js';

// What GPT-2 needs beside ops.ts, in tfjs operations on every backend.

const [SLOPE, CUBIC] = [Math.sqrt(2 / Math.PI), 0.044715];

/** x/2·(1 + tanh(√(2/π)·(x + 0.044715·x³))): "gelu_new" of transformers. */
export function gelu(x: tf.Tensor): tf.Tensor {
  return differentiable(
    [x],
    ([input], save) => {
      const t = tf.tanh(tf.mul(tf.mul(input!, tf.add(tf.mul(tf.square(input!), CUBIC), 1)), SLOPE));
      save([input!, t]);
      return tf.mul(tf.mul(input!, 0.5), tf.add(t, 1));
    },
    (dy, [input, t]) => {
      const inner = tf.mul(tf.add(tf.mul(tf.square(input!), 3 * CUBIC), 1), SLOPE);
      const slope = tf.mul(tf.mul(input!, tf.sub(1, tf.square(t!))), inner);
      return [tf.mul(dy, tf.mul(tf.add(tf.add(t!, 1), slope), 0.5))];
    },
  );
}

/** LayerNorm (Ba et al. 2016) over the columns of x [N,D] with a frozen weight and bias [D]. */
export function frozenLayerNorm(
  x: tf.Tensor,
  weight: tf.Tensor,
  bias: tf.Tensor,
  epsilon: number,
): tf.Tensor {
  return differentiable(
    [x],
    ([input], save) => {
      const [u, inverse] = normalised(input!, epsilon);
      save([u, inverse]);
      return tf.add(tf.mul(u, weight), bias);
    },
    (dy, [u, inverse]) => [inputGradient(dy, u!, inverse!, weight)],
  );
}

/** The same with gradients for x, weight and bias. */
export function layerNorm(x: tf.Tensor, weight: tf.Tensor, bias: tf.Tensor, epsilon: number): tf.Tensor {
  return differentiable(
    [x, weight, bias],
    ([input, w, b], save) => {
      const [u, inverse] = normalised(input!, epsilon);
      save([u, inverse, w!]);
      return tf.add(tf.mul(u, w!), b!);
    },
    (dy, [u, inverse, w]) => [inputGradient(dy, u!, inverse!, w!), tf.sum(tf.mul(dy, u!), 0), tf.sum(dy, 0)],
  );
}

/** u = (x - mean)·inverse and inverse = 1/√(variance + ε), [N,1]. */
function normalised(x: tf.Tensor, epsilon: number): [tf.Tensor, tf.Tensor] {
  const centred = tf.sub(x, tf.mean(x, 1, true));
  const inverse = tf.rsqrt(tf.add(tf.mean(tf.square(centred), 1, true), epsilon));
  return [tf.mul(centred, inverse), inverse];
}

/** With g = dy·weight: dx = inverse·(g - mean(g) - u·mean(g·u)). */
function inputGradient(dy: tf.Tensor, u: tf.Tensor, inverse: tf.Tensor, weight: tf.Tensor): tf.Tensor {
  const g = tf.mul(dy, weight);
  const along = tf.mul(u, tf.mean(tf.mul(g, u), 1, true));
  return tf.mul(inverse, tf.sub(tf.sub(g, tf.mean(g, 1, true)), along));
}
