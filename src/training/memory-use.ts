import * as tf from '@tensorflow/tfjs';

export interface MemoryUse {
  /** resident memory of this process, whatever it holds */
  processBytes: number;
  /** of tensors on the GPU, where the backend counts them; null: it does not, or there is none */
  deviceBytes: number | null;
}

export function memoryUse(): MemoryUse {
  const { numBytesInGPU } = tf.memory() as { numBytesInGPU?: number };
  return { processBytes: process.memoryUsage.rss(), deviceBytes: numBytesInGPU ?? null };
}
