import { readFileSync } from 'node:fs';
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

/** What this process may grow to: what it has and what the machine, or its container, has left. */
export function availableBytes(): number {
  return process.memoryUsage.rss() + process.availableMemory();
}

/** The most resident memory that this process has had. */
export function peakProcessBytes(): number {
  try {
    // Not getrusage: its maximum counts what the parent had when it forked.
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))![1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
