import type * as tf from '@tensorflow/tfjs';
import { type Call, check, kernel, rowsAndColumns, run } from './kernel.js';

// Causal attention with grouped queries on rows [batch·length, heads·d]; notation in assembly/attention.ts.

export interface AttentionShape {
  /** positions per sequence; the rows are whole sequences */
  length: number;
  heads: number;
  keyValueHeads: number;
  /** int32 [N]: the first position of its own sequence that a row sees (packed examples); default 0 everywhere */
  starts?: tf.Tensor;
}

interface Sizes {
  batch: number;
  length: number;
  heads: number;
  groups: number;
  d: number;
}

/**
 * q [N,H·d], k and v [N,G·d] → out [N,H·d] and the probabilities [N/T·H,T,W] that the gradient needs.
 * Dense rows have W = T; see assembly/attention.ts for packed ones.
 */
export function attention(
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  shape: AttentionShape,
): [tf.Tensor, tf.Tensor] {
  const sizes = sizesOf(q, k, v, shape);
  return run('RanksweepAttention', { q, k, v, starts: shape.starts }, sizes);
}

/** The gradients for q, k and v. */
export function attentionGrad(
  dOut: tf.Tensor,
  q: tf.Tensor,
  k: tf.Tensor,
  v: tf.Tensor,
  p: tf.Tensor,
  shape: AttentionShape,
): [tf.Tensor, tf.Tensor, tf.Tensor] {
  const sizes = sizesOf(q, k, v, shape);
  check('attentionGrad dOut', dOut, q.shape);
  check('attentionGrad p', p, [sizes.batch * sizes.heads, sizes.length, p.shape[2] ?? 0]);
  return run('RanksweepAttentionGrad', { dOut, q, k, v, p, starts: shape.starts }, sizes);
}

function sizesOf(q: tf.Tensor, k: tf.Tensor, v: tf.Tensor, shape: AttentionShape): Sizes {
  const { length, heads, keyValueHeads: groups, starts } = shape;
  const [rows, width] = rowsAndColumns('attention q', q);
  const d = width / heads;
  if (!Number.isInteger(d) || rows % length !== 0 || heads % groups !== 0) {
    throw new Error(
      `attention: q [${q.shape}] with ${heads} heads, ${groups} key-value heads, length ${length}`,
    );
  }
  check('attention k', k, [rows, groups * d]);
  check('attention v', v, [rows, groups * d]);
  if (starts) check('attention starts', starts, [rows], 'int32');
  return { batch: rows / length, length, heads, groups, d };
}

interface Prepared {
  starts: number;
  width: number;
  scratch: number;
}

/** What both directions need besides their tensors. A start behind its own row would send a pointer out of the row. */
function prepare({ inputs: { starts }, attrs, backend, heap, kernels, at }: Call<Sizes>): Prepared {
  const { batch, length, d } = attrs;
  if (starts) {
    const bad = backend
      .typedArrayFromHeap(starts)
      .findIndex((start, row) => start < 0 || start > row % length);
    const position = bad % length;
    if (bad >= 0)
      throw new Error(`attention: starts[${bad}] must be from 0 to the row's own position ${position}`);
  }
  const width = kernels.attentionWidth(batch, length, at(starts));
  return {
    starts: at(starts),
    width,
    scratch: heap.scratch(kernels.attentionScratchBytes(length, d, width)),
  };
}

const forward = kernel<Sizes>('RanksweepAttention', (call) => {
  const { inputs, attrs, kernels, at, output } = call;
  const { batch, length, heads, groups, d } = attrs;
  const { starts, width, scratch } = prepare(call);
  const out = output(inputs.q!.shape);
  const p = output([batch * heads, length, width]);
  const [q, k, v] = [inputs.q, inputs.k, inputs.v].map(at) as [number, number, number];
  kernels.attention(batch, length, heads, groups, d, width, q, k, v, starts, at(p), at(out), scratch);
  return [out, p];
});

const backward = kernel<Sizes>('RanksweepAttentionGrad', (call) => {
  const { inputs, attrs, kernels, at, output } = call;
  const { batch, length, heads, groups, d } = attrs;
  const { starts, width, scratch } = prepare(call);
  if (inputs.p!.shape[2] !== width) throw new Error('attentionGrad: p is not from these starts');
  const gradients = [inputs.q!, inputs.k!, inputs.v!].map((info) => output(info.shape));
  const [dOut, q, k, v, p] = [inputs.dOut, inputs.q, inputs.k, inputs.v, inputs.p].map(at) as Five;
  const [dq, dk, dv] = gradients.map(at) as [number, number, number];
  kernels.attentionGrad(
    batch,
    length,
    heads,
    groups,
    d,
    width,
    dOut,
    q,
    k,
    v,
    starts,
    p,
    dq,
    dk,
    dv,
    scratch,
  );
  return gradients;
});

type Five = [number, number, number, number, number];

export const ATTENTION_KERNELS = [forward, backward];
