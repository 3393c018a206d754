import {
  type Attribute,
  type Binding,
  binding,
  execute,
  type Handle,
  handleScope,
} from './native-handles.js';

// TensorFlow's own operations on handles: no casts, no reshapes that tfjs adds, no tape. Float32, but for indices.

/** The attributes that are used, made once for each binding. */
interface Attributes {
  float: Attribute[];
  batchMatMul: Attribute[][];
  reduce: Attribute[];
  reshape: Attribute[];
  transpose: Attribute[];
  reverse: Attribute[];
  gather: Attribute[];
  segments: Attribute[];
  labels: Attribute[];
  toFloat: Attribute[];
}

const attributesOf = new WeakMap<Binding, Attributes>();

function attributes(): Attributes {
  const of = binding();
  const known = attributesOf.get(of);
  if (known) return known;
  const made = makeAttributes(of);
  attributesOf.set(of, made);
  return made;
}

function makeAttributes(of: Binding): Attributes {
  const type = (name: string, value: number) => ({ name, type: of.TF_ATTR_TYPE, value });
  const flag = (name: string, value: boolean) => ({ name, type: of.TF_ATTR_BOOL, value });
  const float = type('T', of.TF_FLOAT);
  const adjoints = [0, 1, 2, 3].map((bits) => [flag('adj_x', bits > 1), flag('adj_y', bits % 2 === 1)]);
  return {
    float: [float],
    batchMatMul: adjoints.map((pair) => [float, ...pair]),
    reduce: [float, type('Tidx', of.TF_INT32), flag('keep_dims', true)],
    reshape: [float, type('Tshape', of.TF_INT32)],
    transpose: [float, type('Tperm', of.TF_INT32)],
    reverse: [float, type('Tidx', of.TF_INT32)],
    gather: [type('Tparams', of.TF_FLOAT), type('Tindices', of.TF_INT32), type('Taxis', of.TF_INT32)],
    segments: [float, type('Tindices', of.TF_INT32), type('Tnumsegments', of.TF_INT32)],
    labels: [float, type('Tlabels', of.TF_INT32)],
    toFloat: [type('SrcT', of.TF_BOOL), type('DstT', of.TF_FLOAT)],
  };
}

const constants = new WeakMap<Binding, Map<string, Handle>>();

/** Shapes, axes and factors are tensors for TensorFlow; each is made once and stays. */
export function constant(values: number | number[], dtype: 'int32' | 'float32' = 'int32'): Handle {
  const known = constantsOf(binding());
  const key = typeof values === 'number' ? `${dtype}${values}` : `${dtype}[${values}]`;
  const found = known.get(key);
  if (found) return found;
  const made = makeConstant(values, dtype);
  known.set(key, made);
  return made;
}

function makeConstant(values: number | number[], dtype: 'int32' | 'float32'): Handle {
  const of = binding();
  const shape = typeof values === 'number' ? [] : [values.length];
  const list = typeof values === 'number' ? [values] : values;
  const id =
    dtype === 'int32'
      ? of.createTensor(shape, of.TF_INT32, Int32Array.from(list))
      : of.createTensor(shape, of.TF_FLOAT, Float32Array.from(list));
  return { id, shape };
}

function constantsOf(of: Binding): Map<string, Handle> {
  const known = constants.get(of) ?? new Map<string, Handle>();
  constants.set(of, known);
  return known;
}

/**
 * What is the same for all layers of a step: made for the first of them, kept until it is asked for with other arguments.
 * @param make its result outlives the scope
 */
export function oncePerStep<Arguments extends unknown[], Made extends readonly Handle[]>(
  make: (...of: Arguments) => Made,
): (...of: Arguments) => Made {
  let last: { of: Arguments; made: Made; by: Binding } | null = null;
  return (...of) => {
    const by = binding();
    if (last && last.by === by && of.every((argument, i) => argument === last!.of[i])) return last.made;
    if (last) for (const { id } of last.made) last.by.deleteTensor(id);
    const made = handleScope(() => make(...of));
    last = { of, made, by };
    return made;
  };
}

const run = (name: string, inputs: Handle[], attribute = attributes().float): Handle =>
  execute(name, attribute, inputs)[0]!;

export const add = (a: Handle, b: Handle) => run('AddV2', [a, b]);
export const subtract = (a: Handle, b: Handle) => run('Sub', [a, b]);
export const multiply = (a: Handle, b: Handle) => run('Mul', [a, b]);
/** a·factor; a itself where there is nothing to do */
export const scaled = (a: Handle, factor: number) =>
  factor === 1 ? a : run('Mul', [a, constant(factor, 'float32')]);
export const plus = (a: Handle, term: number) => run('AddV2', [a, constant(term, 'float32')]);
export const square = (a: Handle) => run('Square', [a]);
export const rsqrt = (a: Handle) => run('Rsqrt', [a]);
export const softmax = (a: Handle) => run('Softmax', [a]);
/** a·σ(b): TensorFlow computes a/(1 + exp(-b)) in one pass. */
export const timesSigmoid = (a: Handle, b: Handle) => run('SoftplusGrad', [a, b]);

/**
 * Of matrices, or of the last two axes of stacks of them. Not TensorFlow's MatMul for matrices: it is no faster, and
 * `node --cpu-prof` aborted while it was used (libtensorflow 2.15.1; cause not found), not since.
 */
export const matMul = (a: Handle, b: Handle, transposeA = false, transposeB = false) =>
  run('BatchMatMulV2', [a, b], attributes().batchMatMul[(transposeA ? 2 : 0) + (transposeB ? 1 : 0)]!);

/** Over one axis, which stays with size 1. */
export const mean = (a: Handle, axis: number) => run('Mean', [a, constant([axis])], attributes().reduce);
export const sum = (a: Handle, axis: number) => run('Sum', [a, constant([axis])], attributes().reduce);

export const reshape = (a: Handle, shape: number[]) =>
  run('Reshape', [a, constant(shape)], attributes().reshape);
export const transpose = (a: Handle, order: number[]) =>
  run('Transpose', [a, constant(order)], attributes().transpose);
export const reverse = (a: Handle, axis: number) =>
  run('ReverseV2', [a, constant([axis])], attributes().reverse);
/** Rows of a matrix by their int32 numbers. */
export const gatherRows = (a: Handle, rows: Handle) =>
  run('GatherV2', [a, rows, constant(0)], attributes().gather);

/** The gradient of gatherRows: each row of a is added to the row of that number, of `count`. */
export const addToRows = (a: Handle, rows: Handle, count: number) =>
  run('UnsortedSegmentSum', [a, rows, constant(count)], attributes().segments);

export function concat(parts: Handle[], axis: number): Handle {
  const of = binding();
  const count = { name: 'N', type: of.TF_ATTR_INT, value: parts.length };
  const index = { name: 'Tidx', type: of.TF_ATTR_TYPE, value: of.TF_INT32 };
  return run('ConcatV2', [...parts, constant(axis)], [count, ...attributes().float, index]);
}

/** 1 where a is not 0, else 0 */
export const counted = (a: Handle) =>
  execute(
    'Cast',
    attributes().toFloat,
    execute('NotEqual', attributes().float, [a, constant(0, 'float32')]),
  )[0]!;

/** logits [N,V], targets int32 [N] → losses [N], softmax - onehot [N,V] */
export function sparseCrossEntropy(logits: Handle, targets: Handle): [Handle, Handle] {
  const name = 'SparseSoftmaxCrossEntropyWithLogits';
  return execute(name, attributes().labels, [logits, targets], 2) as [Handle, Handle];
}

/** Along one axis into parts of these sizes. */
export function split(a: Handle, sizes: number[], axis: number): Handle[] {
  const of = binding();
  const count = { name: 'num_split', type: of.TF_ATTR_INT, value: sizes.length };
  const length = { name: 'Tlen', type: of.TF_ATTR_TYPE, value: of.TF_INT32 };
  const inputs = [a, constant(sizes), constant(axis)];
  return execute('SplitV', [...attributes().float, length, count], inputs, sizes.length);
}
