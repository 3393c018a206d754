import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import type { WasmBackend } from '../../src/training/kernels/heap.js';
import { useBackend } from './backend.js';

jest.setTimeout(60_000);

beforeAll(() => useBackend('wasm'));
afterAll(() => tf.removeBackend('wasm'));

it('a heap that is full is an error, and what lies in it stays as it was', async () => {
  const backend = tf.backend() as unknown as WasmBackend;
  const kept = tf.range(0, 1000);
  // Nothing is written to these: they take addresses, no memory.
  const fill = () => {
    for (let i = 0; i < 20; i++) backend.makeOutput([64 * 2 ** 20], 'float32');
  };
  expect(fill).toThrow(
    /^WebAssembly is out of memory: it has \d{4} MiB, which is all it can have, and needs 268435456 bytes more$/,
  );
  expect(() => tf.zeros([64 * 2 ** 20])).toThrow('WebAssembly is out of memory');
  expect(await kept.data()).toEqual(Float32Array.from({ length: 1000 }, (_, i) => i));
});
