import * as tf from '@tensorflow/tfjs';

// Kernels of tfjs's WebGPU backend (4.22) that are replaced: two add with atomics, in an order that changes from run to run.

/** MatMulProgramType of tfjs-backend-webgpu */
const PROGRAM = { bySize: -1, splitInner: 1, smallOutput: 2, packed: 3 };
const FLAG = 'WEBGPU_MATMUL_PROGRAM_TYPE';
/** from here on tfjs may split the inner sum over workgroups */
const SPLIT_FROM = 2000;

/**
 * After tfjs-backend-webgpu was loaded.
 * @param isSoftware one program for all products: a driver on the processor takes seconds where workgroups wait for each other often
 */
export function replaceWebgpuKernels(isSoftware: boolean): void {
  tf.env().set(FLAG, isSoftware ? PROGRAM.packed : PROGRAM.bySize);
  replace(tf.BatchMatMul, neverSplit);
  replace(tf.UnsortedSegmentSum, () => segmentSumByProduct);
}

function replace(kernelName: string, make: (stock: tf.KernelFunc) => tf.KernelFunc): void {
  const stock = tf.getKernel(kernelName, 'webgpu');
  tf.unregisterKernel(kernelName, 'webgpu');
  tf.registerKernel({ ...stock, kernelFunc: make(stock.kernelFunc) });
}

/** Products of few rows and columns over a long inner sum get the program for small outputs. */
function neverSplit(stock: tf.KernelFunc): tf.KernelFunc {
  return (args) => {
    const { a, b } = args.inputs as unknown as Record<'a' | 'b', tf.TensorInfo>;
    const { transposeA, transposeB } = args.attrs as { transposeA: boolean; transposeB: boolean };
    const [tall, inner] = transposeA ? a.shape.slice(-2).reverse() : a.shape.slice(-2);
    const wide = b.shape.at(transposeB ? -2 : -1)!;
    const isOneProduct = a.shape.slice(0, -2).every((n) => n === 1);
    if (tf.env().getNumber(FLAG) !== PROGRAM.bySize || !isOneProduct || inner! < SPLIT_FROM)
      return stock(args);
    const { thresholdToIncreaseWorkgroups: few } = args.backend as { thresholdToIncreaseWorkgroups: number };
    const groups = Math.ceil(tall! / 32) * Math.ceil(wide / 32);
    const wouldSplit = groups <= (tall! <= 8 ? 2 * few : few) && tall! * wide > 128;
    return wouldSplit ? withProgram(PROGRAM.smallOutput, () => stock(args)) : stock(args);
  };
}

function withProgram<T>(program: number, body: () => T): T {
  tf.env().set(FLAG, program);
  try {
    return body();
  } finally {
    tf.env().set(FLAG, PROGRAM.bySize);
  }
}

/** x [N,…], ids [N] → for each id the sum of its rows: one-hot(ids)ᵀ·x, in a fixed order. */
const segmentSumByProduct: tf.KernelFunc = ({ inputs, attrs, backend }) => {
  const { x, segmentIds } = inputs as unknown as Record<'x' | 'segmentIds', tf.TensorInfo>;
  const { numSegments } = attrs as { numSegments: number };
  const call = (name: string, of: object, how: object) =>
    tf
      .getKernel(name, 'webgpu')
      .kernelFunc({ inputs: of as never, attrs: how as never, backend }) as tf.TensorInfo;
  const [count, ...rest] = x.shape as [number, ...number[]];
  const rows = call(tf.Reshape, { x }, { shape: [count, rest.reduce((a, b) => a * b, 1)] });
  const settings = { depth: numSegments, onValue: 1, offValue: 0, dtype: 'float32' };
  const oneHot = call(tf.OneHot, { indices: segmentIds }, settings);
  const sums = call(tf.BatchMatMul, { a: oneHot, b: rows }, { transposeA: true, transposeB: false });
  const shaped = call(tf.Reshape, { x: sums }, { shape: [numSegments, ...rest] });
  for (const { dataId } of [rows, oneHot, sums]) (backend as tf.KernelBackend).disposeData(dataId);
  return shaped;
};
