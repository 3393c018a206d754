import type { Call } from './kernel.js';

/** Which numbers are dropped is a function of the key and the flat index: draw a new key for every use. */
export interface Dropout {
  /** 0 ≤ rate < 1 */
  rate: number;
  /** two random uint32 */
  key: [number, number];
}

/** 1 where kept, 0 where dropped: the kernel's choice in plain JavaScript, for other backends. */
export function keepMask(n: number, { rate, key }: Dropout): Uint8Array {
  const threshold = thresholdOf(rate);
  const mask = new Uint8Array(n);
  // a plain loop: Uint8Array.from with a function costs ten times as much, and there are millions of numbers a step
  for (let i = 0; i < n; i++) mask[i] = mix(mix(i ^ key[0]) ^ key[1]) >= threshold ? 1 : 0;
  return mask;
}

/** lowbias32 (C. Wellons 2018), as in assembly/dropout.ts. */
function mix(x: number): number {
  let h = x >>> 0;
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}

function thresholdOf(rate: number): number {
  if (!(rate >= 0 && rate < 1)) throw new Error(`dropout: found rate ${rate}, wanted 0 ≤ rate < 1`);
  return Math.floor(rate * 2 ** 32);
}

/**
 * y = x/(1 - rate) where kept, else 0, from one place of the heap to another (or in place). The gradient is the same
 * call on dy: nothing needs saving.
 */
export function dropInto(
  { kernels }: Call<unknown>,
  n: number,
  { rate, key }: Dropout,
  x: number,
  y: number,
): void {
  kernels.dropout(n, x, key[0], key[1], thresholdOf(rate), 1 / (1 - rate), y);
}
