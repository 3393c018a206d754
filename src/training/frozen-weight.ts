import * as tf from '@tensorflow/tfjs';

// A frozen matrix lies on the backend either as float32 or as codes; of codes a dense copy is there only while a product needs it.

/** A matrix [out,in] kept as codes. */
export interface QuantizedTensor {
  readonly shape: number[];
  /** a new float32 tensor [out,in]: whoever asks disposes of it */
  dense(): tf.Tensor;
  dispose(): void;
}

export type FrozenWeight = tf.Tensor | QuantizedTensor;
/** By name. Whoever made them disposes of them with disposeWeights. */
export type FrozenWeights = ReadonlyMap<string, FrozenWeight>;

/** Runs `use` on the float32 matrix; of a quantised weight it goes when `use` returns. */
export function withDense<T>(weight: FrozenWeight, use: (dense: tf.Tensor) => T): T {
  if (weight instanceof tf.Tensor) return use(weight);
  const dense = weight.dense();
  try {
    return use(dense);
  } finally {
    dense.dispose();
  }
}

export function disposeWeights(weights: FrozenWeights): void {
  for (const weight of weights.values()) weight.dispose();
}
