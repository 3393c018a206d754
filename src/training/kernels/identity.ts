import type * as tf from '@tensorflow/tfjs';
import type { WasmBackend } from './heap.js';

/** Shares the data, as tfjs's other backends do; its wasm backend copies it, for every tensor that a gradient saves. */
export function identity(stock: tf.KernelFunc): tf.KernelFunc {
  return (args) => {
    const { dataId, shape, dtype } = args.inputs.x as tf.TensorInfo;
    if (dtype === 'string') return stock(args);
    (args.backend as WasmBackend).incRef(dataId);
    return { dataId, shape, dtype };
  };
}
