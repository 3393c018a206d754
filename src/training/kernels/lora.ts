import type * as tf from '@tensorflow/tfjs';
import { type Dropout, dropInto } from './dropout.js';
import { type Call, check, kernel, rowsAndColumns, run } from './kernel.js';
import { multiply } from './multiply.js';

// A frozen linear layer with its LoRA (Hu et al. 2021, eq. 3), matrices stored as PEFT stores them:
// h = scale·drop(x)·Aᵀ      y = x·Wᵀ + h·Bᵀ
// dh = scale·dy·B   dB = dyᵀ·h   dA = dhᵀ·drop(x)   dx = dy·W + drop(dh·A)

export interface LoraOptions {
  /** alpha/rank, or what rsLoRA makes of it */
  scale: number;
  /** hits the input of the adapter only */
  dropout?: Dropout;
}

interface Sizes {
  rows: number;
  wide: number;
  out: number;
  rank: number;
}

/** x [N,in], w [out,in], a [r,in], b [out,r] → y [N,out], and h [N,r], which the gradient needs. */
export function loraLinear(
  x: tf.Tensor,
  w: tf.Tensor,
  a: tf.Tensor,
  b: tf.Tensor,
  options: LoraOptions,
): [tf.Tensor, tf.Tensor] {
  checkAll('loraLinear', x, w, a, b);
  return run('RanksweepLoraLinear', { x, w, a, b }, options);
}

/** The gradients for x, a and b; w is frozen. */
export function loraLinearGrad(
  dy: tf.Tensor,
  x: tf.Tensor,
  w: tf.Tensor,
  a: tf.Tensor,
  b: tf.Tensor,
  h: tf.Tensor,
  options: LoraOptions,
): [tf.Tensor, tf.Tensor, tf.Tensor] {
  const { rows, out, rank } = checkAll('loraLinearGrad', x, w, a, b);
  check('loraLinearGrad dy', dy, [rows, out]);
  check('loraLinearGrad h', h, [rows, rank]);
  return run('RanksweepLoraLinearGrad', { dy, x, w, a, b, h }, options);
}

/** The gradients for a and b alone, where x needs none. */
export function loraWeightGrad(
  dy: tf.Tensor,
  x: tf.Tensor,
  b: tf.Tensor,
  h: tf.Tensor,
  options: LoraOptions,
): [tf.Tensor, tf.Tensor] {
  const [rows] = rowsAndColumns('loraWeightGrad x', x);
  const [out, rank] = rowsAndColumns('loraWeightGrad b', b);
  check('loraWeightGrad dy', dy, [rows, out]);
  check('loraWeightGrad h', h, [rows, rank]);
  return run('RanksweepLoraWeightGrad', { dy, x, b, h }, options);
}

function checkAll(what: string, x: tf.Tensor, w: tf.Tensor, a: tf.Tensor, b: tf.Tensor): Sizes {
  const [rows, wide] = rowsAndColumns(`${what} x`, x);
  const [out] = rowsAndColumns(`${what} w`, w);
  const [rank] = rowsAndColumns(`${what} a`, a);
  check(`${what} w`, w, [out, wide]);
  check(`${what} a`, a, [rank, wide]);
  check(`${what} b`, b, [out, rank]);
  return { rows, wide, out, rank };
}

function sizesOf({ inputs: { x, b } }: Call<LoraOptions>): Sizes {
  return { rows: x!.shape[0]!, wide: x!.shape[1]!, out: b!.shape[0]!, rank: b!.shape[1]! };
}

const forward = kernel<LoraOptions>('RanksweepLoraLinear', (call) => {
  const { inputs, attrs, heap, kernels, at, output } = call;
  const { rows, wide, out, rank } = sizesOf(call);
  const [y, h] = [output([rows, out]), output([rows, rank])];
  withDropped(call, rows, wide, at(inputs.x), (seen) => {
    multiply(heap, { m: rows, n: rank, k: wide, transposeB: true }, seen, at(inputs.a), at(h));
  });
  kernels.scale(at(h), rows * rank, attrs.scale);
  multiply(heap, { m: rows, n: out, k: wide, transposeB: true }, at(inputs.x), at(inputs.w), at(y));
  multiply(heap, { m: rows, n: out, k: rank, transposeB: true, add: true }, at(h), at(inputs.b), at(y));
  return [y, h];
});

const backward = kernel<LoraOptions>('RanksweepLoraLinearGrad', (call) => {
  const { at, output, backend } = call;
  const sizes = sizesOf(call);
  const dx = output([sizes.rows, sizes.wide]);
  const { dh, da, db } = adapterGrads(call, sizes);
  inputGrad(call, sizes, at(dh), at(dx));
  backend.disposeData(dh.dataId);
  return [dx, da, db];
});

const weightBackward = kernel<LoraOptions>('RanksweepLoraWeightGrad', (call) => {
  const { dh, da, db } = adapterGrads(call, sizesOf(call));
  call.backend.disposeData(dh.dataId);
  return [da, db];
});

/** dA, dB, and dh [N,r], which the caller disposes of. */
function adapterGrads(call: Call<LoraOptions>, { rows, wide, out, rank }: Sizes) {
  const { inputs, attrs, heap, kernels, at, output } = call;
  const [da, db, dh] = [output([rank, wide]), output([out, rank]), output([rows, rank])];
  const dy = at(inputs.dy);
  multiply(heap, { m: rows, n: rank, k: out }, dy, at(inputs.b), at(dh));
  kernels.scale(at(dh), rows * rank, attrs.scale);
  multiply(heap, { m: out, n: rank, k: rows, transposeA: true }, dy, at(inputs.h), at(db));
  withDropped(call, rows, wide, at(inputs.x), (seen) => {
    multiply(heap, { m: rank, n: wide, k: rows, transposeA: true }, at(dh), seen, at(da));
  });
  return { dh, da, db };
}

/** The adapter's part goes first, so that its dropout can be applied in place. */
function inputGrad(call: Call<LoraOptions>, { rows, wide, out, rank }: Sizes, dh: number, dx: number): void {
  const { inputs, attrs, heap, at } = call;
  multiply(heap, { m: rows, n: wide, k: rank }, dh, at(inputs.a), dx);
  if (attrs.dropout) dropInto(call, rows * wide, attrs.dropout, dx, dx);
  multiply(heap, { m: rows, n: wide, k: out, add: true }, at(inputs.dy), at(inputs.w), dx);
}

/** Hands on what the adapter sees of x. */
function withDropped(
  call: Call<LoraOptions>,
  rows: number,
  wide: number,
  x: number,
  use: (seen: number) => void,
): void {
  if (!call.attrs.dropout) {
    use(x);
    return;
  }
  const dropped = call.output([rows, wide]);
  dropInto(call, rows * wide, call.attrs.dropout, x, call.at(dropped));
  use(call.at(dropped));
  call.backend.disposeData(dropped.dataId);
}

export const LORA_KERNELS = [forward, backward, weightBackward];
