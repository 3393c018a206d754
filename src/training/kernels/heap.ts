import * as tf from '@tensorflow/tfjs';
import type { KernelExports } from './exports.js';
import { KERNELS_WASM } from './kernels.generated.js';

/** What the kernels use of tfjs's BackendWasm 4.22 (backend_wasm.ts); `asm.memory` is not in its types. */
export interface WasmBackend extends tf.KernelBackend {
  wasm: {
    asm: { memory: WebAssembly.Memory };
    HEAPU8: Uint8Array;
    _malloc(bytes: number): number;
    _free(offset: number): void;
  };
  dataIdMap: { get(dataId: object): { memoryOffset: number; refCount: number } };
  makeOutput(shape: number[], dtype: tf.DataType): tf.TensorInfo;
  typedArrayFromHeap(info: tf.TensorInfo): Float32Array | Int32Array | Uint8Array;
  incRef(dataId: object): void;
}

/** Our kernels joined to one backend's memory, and a scratch area there that only grows. */
export interface Heap {
  kernels: KernelExports;
  scratch(bytes: number): number;
}

const heaps = new WeakMap<WasmBackend, Heap>();
let compiled: WebAssembly.Module | null = null;

/** Compiles the kernels once per process; must have ended before the first `heapOf`. */
export async function compileKernels(): Promise<void> {
  const binary = Uint8Array.from(atob(KERNELS_WASM), (character) => character.charCodeAt(0));
  compiled ??= await WebAssembly.compile(binary);
}

/** The kernels of this backend; a backend that was removed and made anew gets its own. */
export function heapOf(backend: WasmBackend): Heap {
  const known = heaps.get(backend);
  if (known) return known;
  const heap = join(backend);
  heaps.set(backend, heap);
  return heap;
}

function join(backend: WasmBackend): Heap {
  if (!compiled) throw new Error('registerWasmKernels has not been awaited');
  const instance = new WebAssembly.Instance(compiled, { env: { memory: backend.wasm.asm.memory } });
  let offset = 0;
  let room = 0;
  const scratch = (bytes: number) => {
    if (bytes > room) {
      if (room > 0) backend.wasm._free(offset);
      offset = backend.wasm._malloc(bytes) >>> 0;
      room = bytes;
    }
    return offset;
  };
  return { kernels: instance.exports as unknown as KernelExports, scratch };
}

/** Where a tensor's values begin in the backend's memory, in bytes. */
export function offsetOf(backend: WasmBackend, info: tf.TensorInfo): number {
  return backend.dataIdMap.get(info.dataId).memoryOffset;
}
