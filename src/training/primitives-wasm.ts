import { attention, attentionGrad } from './kernels/attention.js';
import { loraLinear, loraLinearGrad, loraWeightGrad } from './kernels/lora.js';
import { crossEntropy, crossEntropyLosses } from './kernels/loss.js';
import { rmsNorm, rmsNormGrad, rmsNormWeightGrad } from './kernels/norm.js';
import { rotary } from './kernels/rotary.js';
import { swiglu, swigluGrad } from './kernels/swiglu.js';
import type { Primitives } from './primitives.js';
import { rotaryAttentionOf } from './separate-attention.js';

/** Our SIMD kernels on tfjs's WASM heap; registerWasmKernels must have been awaited. */
export const WASM_PRIMITIVES: Primitives = {
  takesLongRows: true,
  rmsNorm,
  rmsNormGrad,
  rmsNormWeightGrad,
  swiglu,
  swigluGrad,
  ...rotaryAttentionOf({ rotary, attention, attentionGrad }),
  loraLinear,
  loraLinearGrad,
  loraWeightGrad,
  crossEntropy,
  crossEntropyLosses,
};
