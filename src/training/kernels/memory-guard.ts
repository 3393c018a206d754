import type { WasmBackend } from './heap.js';

const guarded = new WeakSet<object>();

/**
 * Makes a full heap an error. tfjs takes the 0 that its allocator then gives for an address, and tensors overwrite each other from there on,
 * without a word.
 */
export function guardMemory({ wasm }: WasmBackend): void {
  if (guarded.has(wasm)) return;
  guarded.add(wasm);
  // Emscripten's stub puts the real function in its place when it is first called.
  wasm._free(wasm._malloc(1));
  const allocate = wasm._malloc.bind(wasm);
  wasm._malloc = (bytes) => {
    const offset = allocate(bytes);
    if (offset !== 0 || bytes === 0) return offset;
    const has = `${Math.round(wasm.HEAPU8.length / 2 ** 20)} MiB`;
    throw new Error(
      `WebAssembly is out of memory: it has ${has}, which is all it can have, and needs ${bytes} bytes more`,
    );
  };
}
