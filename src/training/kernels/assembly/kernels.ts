// The one module that asc compiles: every exported kernel works on TensorFlow.js's own WASM memory.
export { attention, attentionGrad, attentionScratchBytes, attentionWidth } from './attention';
export { dequantizeInt8, dequantizeNf4 } from './codes';
export { copyRows } from './copy';
export { dropout } from './dropout';
export { crossEntropy, scale } from './loss';
export { matmul, matmulScratchBytes } from './matmul';
export { rmsNorm, rmsNormGrad, rmsNormWeightGrad } from './norm';
export { rotary } from './rotary';
export { segmentSum } from './segment';
export { swiglu, swigluGrad } from './swiglu';
