import * as tf from '@tensorflow/tfjs';
import { gelu } from './ops-gpt2.js';

// What lies between the two halves of a feed-forward block, by the names of transformers (activations.py, ACT2CLS).

/** An activation that is built here. */
export type Activation = 'silu' | 'gelu' | 'gelu_tanh' | 'quick_gelu' | 'relu' | 'relu2' | 'tanh' | 'sigmoid';

/** The names in a config.json. Those of one line are the same function but for the last digits. */
export const ACTIVATION_NAMES: Record<string, Activation> = {
  ...{ silu: 'silu', swish: 'silu' },
  ...{ gelu: 'gelu', gelu_python: 'gelu' },
  ...{ gelu_new: 'gelu_tanh', gelu_pytorch_tanh: 'gelu_tanh', gelu_python_tanh: 'gelu_tanh' },
  ...{ gelu_fast: 'gelu_tanh', gelu_accurate: 'gelu_tanh' },
  ...{ quick_gelu: 'quick_gelu', relu: 'relu', relu2: 'relu2', tanh: 'tanh', sigmoid: 'sigmoid' },
};

/** The name that is written into a config.json. */
export const nameOfActivation = (activation: Activation): string =>
  activation === 'gelu_tanh' ? 'gelu_new' : activation;

/** Element by element, with tfjs's own gradients but for GPT-2's. */
export function activate(x: tf.Tensor, activation: Activation): tf.Tensor {
  switch (activation) {
    case 'silu':
      return tf.mul(x, tf.sigmoid(x));
    case 'gelu':
      return tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));
    case 'gelu_tanh':
      return gelu(x);
    case 'quick_gelu':
      return tf.mul(x, tf.sigmoid(tf.mul(x, 1.702)));
    case 'relu':
      return tf.relu(x);
    case 'relu2':
      return tf.square(tf.relu(x));
    case 'tanh':
      return tf.tanh(x);
    case 'sigmoid':
      return tf.sigmoid(x);
  }
}
