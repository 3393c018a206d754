import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';

// Operations of our own for TensorFlow on the CPU (native-kernels/*.cc), which scripts/build-native-kernels.mjs compiles beside
// tfjs-node. Without them the native backend computes the same with TensorFlow's operations.

/** As in native-kernels/operations.h. It is in the files' names: TensorFlow ends the process where two of them register the same names. */
const VERSION = 2;
/** The best first. */
const LIBRARIES = {
  'AVX-512': `ranksweep-kernels-${VERSION}-avx512.node`,
  AVX2: `ranksweep-kernels-${VERSION}-avx2.node`,
};

let registered: string | null = null;

/**
 * Registers them with the TensorFlow that is loaded.
 * @param folder where the libraries are
 * @returns their version and the processors that they are for, or null if there are none that this one runs
 */
export function loadNativeKernels(folder: string): string | null {
  if (process.env.RANKSWEEP_NATIVE_KERNELS === '0') return null;
  const fitting = Object.entries(LIBRARIES).find(([, name]) => registered || loads(join(folder, name)));
  registered ??= fitting ? `${VERSION} for ${fitting[0]}` : null;
  return registered;
}

function loads(file: string): boolean {
  if (!existsSync(file)) return false;
  try {
    const library = createRequire(import.meta.url)(file);
    return library.registered === true && library.version === VERSION;
  } catch {
    // Compiled against another TensorFlow, or damaged: what they compute is computed without them.
    return false;
  }
}

/** Whether the current backend has them: not on a GPU, where its tensors are. */
export function hasNativeKernels(): boolean {
  if (registered === null || tf.getBackend() !== 'tensorflow') return false;
  return !(tf.backend() as unknown as { isUsingGpuDevice: boolean }).isUsingGpuDevice;
}
