// The one module that asc compiles: every exported kernel works on TensorFlow.js's own WASM memory.
export { copyRows } from './copy';
export { matmul, matmulScratchBytes } from './matmul';
