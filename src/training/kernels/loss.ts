import * as tf from '@tensorflow/tfjs';
import { type Call, check, kernel, rowsAndColumns, run } from './kernel.js';

/**
 * Cross-entropy in nats. logits [N,V], targets int32 [N], weights [N] → losses [N], not weighted (0 where the
 * weight is 0, and nothing is computed there), and the gradient [N,V] of Σ weight·loss for the logits.
 */
export function crossEntropy(
  logits: tf.Tensor,
  targets: tf.Tensor,
  weights: tf.Tensor,
): [tf.Tensor, tf.Tensor] {
  checkAll(logits, targets, weights);
  return run('RanksweepCrossEntropy', { logits, targets, weights }, { gradient: true });
}

/** The losses alone, for evaluation. */
export function crossEntropyLosses(logits: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor): tf.Tensor {
  checkAll(logits, targets, weights);
  return run<[tf.Tensor]>('RanksweepCrossEntropy', { logits, targets, weights }, { gradient: false })[0];
}

function checkAll(logits: tf.Tensor, targets: tf.Tensor, weights: tf.Tensor): void {
  const [rows] = rowsAndColumns('crossEntropy logits', logits);
  check('crossEntropy targets', targets, [rows], 'int32');
  check('crossEntropy weights', weights, [rows]);
}

/** A target outside the vocabulary would be read and written outside the row. */
function checkTargets({ inputs: { targets, weights, logits }, backend }: Call<unknown>): void {
  const vocabulary = logits!.shape[1]!;
  const weight = backend.typedArrayFromHeap(weights!);
  const bad = backend
    .typedArrayFromHeap(targets!)
    .findIndex((target, row) => weight[row] !== 0 && (target < 0 || target >= vocabulary));
  if (bad >= 0) throw new Error(`crossEntropy: targets[${bad}] is outside 0…${vocabulary - 1}`);
}

const both = kernel<{ gradient: boolean }>('RanksweepCrossEntropy', (call) => {
  checkTargets(call);
  const { inputs, attrs, kernels, at, output } = call;
  const [rows, vocabulary] = inputs.logits!.shape as [number, number];
  const losses = output([rows]);
  const gradient = attrs.gradient ? output([rows, vocabulary]) : undefined;
  const [logits, targets, weights] = [at(inputs.logits), at(inputs.targets), at(inputs.weights)];
  kernels.crossEntropy(rows, vocabulary, logits, targets, weights, at(losses), at(gradient));
  return gradient ? [losses, gradient] : [losses];
});

export const LOSS_KERNELS = [both];
