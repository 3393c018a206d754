import type { NamedTensor } from './safetensors.js';

/** w [out,in] + scale·b [out,r]·a [r,in], summed in float64 and rounded once. */
export function addProduct(w: Float32Array, a: NamedTensor, b: NamedTensor, scale: number): Float32Array {
  const [rank, wide] = a.shape as [number, number];
  const sum = new Float32Array(w.length);
  const row = new Float64Array(wide);
  for (let out = 0; out < w.length / wide; out++) {
    row.set(w.subarray(out * wide, (out + 1) * wide));
    for (let r = 0; r < rank; r++) {
      const factor = scale * b.values[out * rank + r]!;
      for (let i = 0, at = r * wide; i < wide; i++) row[i]! += factor * a.values[at++]!;
    }
    sum.set(row, out * wide);
  }
  return sum;
}
