import * as tf from '@tensorflow/tfjs';
import { heapOf, offsetOf, type WasmBackend } from './heap.js';
import { check, kernel, run } from './kernel.js';

export interface AdamWOptions {
  learningRate: number;
  beta1: number;
  beta2: number;
  epsilon: number;
  weightDecay: number;
  /** counts from 1 */
  step: number;
  /** what the gradient is multiplied by first: the clipping factor */
  gradientScale?: number;
}

/**
 * One AdamW step (Loshchilov & Hutter 2019; PyTorch's order of operations) on tensors of one size: gives the new
 * parameter, m and v.
 */
export function adamW(
  parameter: tf.Tensor,
  gradient: tf.Tensor,
  m: tf.Tensor,
  v: tf.Tensor,
  options: AdamWOptions,
): [tf.Tensor, tf.Tensor, tf.Tensor] {
  for (const tensor of [parameter, gradient, m, v]) check('adamW', tensor, parameter.shape);
  return run('RanksweepAdamW', { parameter, gradient, m, v }, options);
}

/** Σ x², in float64: for the norm of a gradient. */
export function sumOfSquares(x: tf.Tensor): number {
  check('sumOfSquares', x, x.shape);
  const backend = tf.backend() as WasmBackend;
  const offset = offsetOf(backend, x);
  return heapOf(backend).kernels.sumOfProducts(offset, offset, x.size);
}

const step = kernel<AdamWOptions>('RanksweepAdamW', ({ inputs, attrs, kernels, at, output }) => {
  const { learningRate, beta1, beta2, epsilon, weightDecay, step: t, gradientScale = 1 } = attrs;
  const decay = 1 - learningRate * weightDecay;
  const stepSize = learningRate / (1 - beta1 ** t);
  const root = Math.sqrt(1 - beta2 ** t);
  const { shape } = inputs.parameter!;
  const outputs = [output(shape), output(shape), output(shape)];
  const pointers = [inputs.parameter, inputs.gradient, inputs.m, inputs.v, ...outputs].map(at) as Seven;
  const rests = [gradientScale, beta1, beta2, 1 - beta1, 1 - beta2, decay, stepSize, root, epsilon] as Nine;
  kernels.adamW(tf.util.sizeFromShape(shape), ...pointers, ...rests);
  return outputs;
});

type Seven = [number, number, number, number, number, number, number];
type Nine = [...Seven, number, number];

export const OPTIMISER_KERNELS = [step];
