/**
 * Kernels of ours on tfjs's 'wasm' backend: `await registerWasmKernels()` once, after `tf.setBackend('wasm')`.
 *
 * Replaced under their own names, so plain tf code gains without a change:
 * - BatchMatMul: all transposes and batch broadcasting at about 40 GFLOP/s where tfjs has 2 to 30. Keep weights in
 *   one layout ([out, in], as Hugging Face stores them): x·Wᵀ and dy·W are equally fast, no transposed copies.
 * - GatherV2 along the first axis: copies of rows.
 * - Slice, SplitV, Unpack: copies of what is asked for, not of the whole source.
 * - Identity (clone, and so every saved tensor and variable read): shares the data instead of copying it.
 * - UnsortedSegmentSum: was missing, so that gather has its gradient (a scatter-add in the order of the indices).
 *
 * Added (src/training/kernels/*.ts), as pairs of plain functions on tensors, forward and backward, without
 * tf.customGrad: wrap them yourself, save what `forward` returns, and keep a plain-tf twin for other backends.
 * `hasWasmKernels()` says whether they can be called. N = batch·length rows, D = heads·headDim; all float32, ids int32.
 *
 *   norm.ts       rmsNorm(x[N,D], weight[D], epsilon) → [y, inverse[N]]
 *                 rmsNormGrad(dy, x, weight, inverse) → dx;   rmsNormWeightGrad(dy, x, inverse) → dWeight[D]
 *   swiglu.ts     swiglu(gate[N,F], up[N,F]) → silu(gate)·up;   swigluGrad(dy, gate, up) → [dGate, dUp]
 *   rotary.ts     rotary(x[N,D], cos[T,headDim/2], sin[T,headDim/2], inverse = false): Hugging Face's rotate-half on
 *                 every head; the position is the row modulo T (T may be N); the gradient is the same call with inverse = true
 *   attention.ts  attention(q[N,H·d], k[N,KV·d], v[N,KV·d], {length, heads, keyValueHeads, starts?}) → [out[N,H·d], p]
 *                 causal, scaled by 1/√d, grouped queries without tiling, no head transposes; starts int32 [N]: the
 *                 first position (within its row of the batch) that a query may see, for packed examples:
 *                 time and memory grow with what is seen, not with the row
 *                 attentionGrad(dOut, q, k, v, p, shape) → [dq, dk, dv]
 *   lora.ts       loraLinear(x[N,in], w[out,in], a[r,in], b[out,r], {scale, dropout?}) → [y[N,out], h[N,r]]
 *                 loraLinearGrad(dy, x, w, a, b, h, same) → [dx, dA, dB]; loraWeightGrad(dy, x, b, h, same) → [dA, dB];   dropout = {rate, key} hits the adapter's
 *                 input only, and its mask is a function of key and index: nothing is saved
 *   codes.ts      dequantized({kind, codes, …}, [out,in]) → float32 of int8 or NF4 codes
 *   dropout.ts    keepMask(n, dropout): the kernel's choice in plain JavaScript, the same bits for other backends
 *   loss.ts       crossEntropy(logits[N,V], targets[N], weights[N]) → [losses[N] (unweighted), dLogits of Σ weight·loss]
 *                 crossEntropyLosses(the same) → losses, for evaluation
 */
import * as tf from '@tensorflow/tfjs';
import { ATTENTION_KERNELS } from './kernels/attention.js';
import { CODE_KERNELS } from './kernels/codes.js';
import { gather } from './kernels/gather.js';
import { compileKernels } from './kernels/heap.js';
import { identity } from './kernels/identity.js';
import { LORA_KERNELS } from './kernels/lora.js';
import { LOSS_KERNELS } from './kernels/loss.js';
import { batchMatMul } from './kernels/mat-mul.js';
import { NORM_KERNELS } from './kernels/norm.js';
import { ROTARY_KERNELS } from './kernels/rotary.js';
import { SEGMENT_KERNELS } from './kernels/segment-sum.js';
import { slice, splitV, unpack } from './kernels/slice.js';
import { SWIGLU_KERNELS } from './kernels/swiglu.js';

const REPLACED = {
  [tf.BatchMatMul]: batchMatMul,
  [tf.GatherV2]: gather,
  [tf.Identity]: identity,
  [tf.Slice]: slice,
  [tf.SplitV]: splitV,
  [tf.Unpack]: unpack,
};
const ADDED = [
  ATTENTION_KERNELS,
  CODE_KERNELS,
  LORA_KERNELS,
  LOSS_KERNELS,
  NORM_KERNELS,
  ROTARY_KERNELS,
  SEGMENT_KERNELS,
  SWIGLU_KERNELS,
].flat();

let registered: Promise<void> | null = null;

/** Whether the current backend has our kernels. */
export function hasWasmKernels(): boolean {
  return tf.getBackend() === 'wasm' && tf.getKernel('RanksweepRmsNorm', 'wasm') !== undefined;
}

/**
 * Puts our SIMD kernels over those of tfjs's 'wasm' backend, which must have been imported (it need not be
 * initialised). Idempotent. Results are bit-identical from run to run and from machine to machine.
 */
export function registerWasmKernels(): Promise<void> {
  registered ??= compileKernels().then(() => {
    for (const [name, make] of Object.entries(REPLACED)) replace(name, make);
    for (const config of ADDED) tf.registerKernel(config);
  });
  return registered;
}

function replace(kernelName: string, make: (stock: tf.KernelFunc) => tf.KernelFunc): void {
  const stock = tf.getKernel(kernelName, 'wasm');
  if (!stock) throw new Error(`import @tensorflow/tfjs-backend-wasm first: it has no kernel ${kernelName}`);
  tf.unregisterKernel(kernelName, 'wasm');
  tf.registerKernel({ ...stock, kernelFunc: make(stock.kernelFunc) });
}
