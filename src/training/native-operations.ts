import * as tf from '@tensorflow/tfjs';

// TensorFlow's own operations, by way of tfjs-node's binding and past tfjs's kernels: no casts, no reshapes that it adds, no tape.

interface Attribute {
  name: string;
  type: number;
  value: unknown;
}

/** What is used of tfjs-node's backend (nodejs_kernel_backend.ts, 4.22). */
interface NativeBackend {
  executeMultipleOutputs(
    name: string,
    attributes: Attribute[],
    inputs: tf.Tensor[],
    outputs: number,
  ): tf.Tensor[];
  binding: Record<'TF_ATTR_TYPE' | 'TF_ATTR_BOOL' | 'TF_FLOAT' | 'TF_INT32', number>;
}

const native = () => tf.backend() as unknown as NativeBackend;

function typeOf(name: string, dtype: 'TF_FLOAT' | 'TF_INT32'): Attribute {
  const { binding } = native();
  return { name, type: binding.TF_ATTR_TYPE, value: binding[dtype] };
}

const flag = (name: string, value: boolean): Attribute => ({
  name,
  type: native().binding.TF_ATTR_BOOL,
  value,
});

function run(name: string, inputs: tf.Tensor[], attributes: Attribute[] = []): tf.Tensor {
  return native().executeMultipleOutputs(name, [typeOf('T', 'TF_FLOAT'), ...attributes], inputs, 1)[0]!;
}

const constants = new WeakMap<object, Map<string, tf.Tensor>>();

/** Shapes, axes and factors are tensors for TensorFlow; each is made once and stays. */
function constant(values: number | number[], dtype: 'int32' | 'float32' = 'int32'): tf.Tensor {
  const known = constantsOf(tf.backend());
  const key = typeof values === 'number' ? `${dtype} ${values}` : `${dtype} [${values}]`;
  const found = known.get(key);
  if (found) return found;
  const made = tf.keep(tf.tensor(values, undefined, dtype));
  known.set(key, made);
  return made;
}

function constantsOf(backend: object): Map<string, tf.Tensor> {
  const known = constants.get(backend) ?? new Map<string, tf.Tensor>();
  constants.set(backend, known);
  return known;
}

/**
 * What is the same for all layers of a step: made for the first of them, kept until it is asked for with other arguments.
 * @param make runs in a tidy of its own
 */
export function oncePerStep<Arguments extends unknown[], Made extends tf.Tensor[]>(
  make: (...of: Arguments) => Made,
): (...of: Arguments) => Made {
  let last: { of: Arguments; made: Made } | null = null;
  return (...of) => {
    if (last && of.every((argument, i) => argument === last!.of[i])) return last.made;
    if (last) tf.dispose(last.made);
    const made = tf.tidy(() => make(...of).map((tensor) => tf.keep(tensor)) as Made);
    last = { of, made };
    return made;
  };
}

export const add = (a: tf.Tensor, b: tf.Tensor) => run('AddV2', [a, b]);
export const subtract = (a: tf.Tensor, b: tf.Tensor) => run('Sub', [a, b]);
export const multiply = (a: tf.Tensor, b: tf.Tensor) => run('Mul', [a, b]);
export const scaled = (a: tf.Tensor, factor: number) => run('Mul', [a, constant(factor, 'float32')]);
export const plus = (a: tf.Tensor, term: number) => run('AddV2', [a, constant(term, 'float32')]);
export const square = (a: tf.Tensor) => run('Square', [a]);
export const rsqrt = (a: tf.Tensor) => run('Rsqrt', [a]);
export const sigmoid = (a: tf.Tensor) => run('Sigmoid', [a]);
export const softmax = (a: tf.Tensor) => run('Softmax', [a]);

/**
 * Of matrices, or of the last two axes of stacks of them. Not TensorFlow's MatMul for matrices: it is no faster, and
 * `node --cpu-prof` aborted while it was used (libtensorflow 2.15.1; cause not found), not since.
 */
export const matMul = (a: tf.Tensor, b: tf.Tensor, transposeA = false, transposeB = false) =>
  run('BatchMatMulV2', [a, b], [flag('adj_x', transposeA), flag('adj_y', transposeB)]);

/** Over one axis, which stays with size 1. */
export const mean = (a: tf.Tensor, axis: number) => reduce('Mean', a, axis);
export const sum = (a: tf.Tensor, axis: number) => reduce('Sum', a, axis);

function reduce(name: string, a: tf.Tensor, axis: number): tf.Tensor {
  return run(name, [a, constant([axis])], [typeOf('Tidx', 'TF_INT32'), flag('keep_dims', true)]);
}

export const reshape = (a: tf.Tensor, shape: number[]) =>
  run('Reshape', [a, constant(shape)], [typeOf('Tshape', 'TF_INT32')]);
export const transpose = (a: tf.Tensor, order: number[]) =>
  run('Transpose', [a, constant(order)], [typeOf('Tperm', 'TF_INT32')]);
export const reverse = (a: tf.Tensor, axis: number) =>
  run('ReverseV2', [a, constant([axis])], [typeOf('Tidx', 'TF_INT32')]);
export const concat = (parts: tf.Tensor[], axis: number) =>
  native().executeMultipleOutputs(
    'ConcatV2',
    [
      { name: 'N', type: (native().binding as Record<string, number>).TF_ATTR_INT!, value: parts.length },
      typeOf('T', 'TF_FLOAT'),
      typeOf('Tidx', 'TF_INT32'),
    ],
    [...parts, constant(axis)],
    1,
  )[0]!;

/** logits [N,V], targets int32 [N] → losses [N], softmax - onehot [N,V] */
export function sparseCrossEntropy(logits: tf.Tensor, targets: tf.Tensor): [tf.Tensor, tf.Tensor] {
  const attributes = [typeOf('T', 'TF_FLOAT'), typeOf('Tlabels', 'TF_INT32')];
  const outputs = native().executeMultipleOutputs(
    'SparseSoftmaxCrossEntropyWithLogits',
    attributes,
    [logits, targets],
    2,
  );
  return outputs as [tf.Tensor, tf.Tensor];
}
