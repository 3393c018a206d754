import type { RunConfig } from '../../core/run-config.js';
import { layerMatrices, tensorNames } from '../layout.js';
import type { ModelConfig } from '../model-config.js';
import type { NamedTensor } from '../safetensors.js';
import { dequantizeInt8, type Int8Codes, quantizeInt8 } from './int8.js';
import { dequantizeNf4, type Nf4Codes, quantizeNf4 } from './nf4.js';

/** How the matrices of the layers are kept. */
export type Quantization = Exclude<RunConfig['quantization'], 'none'>;

interface Matrix {
  /** [out,in] */
  shape: number[];
}
/** A linear layer's weight as codes, in JavaScript's memory. */
export type QuantizedMatrix = (Matrix & { kind: 'int8' } & Int8Codes) | (Matrix & { kind: 'nf4' } & Nf4Codes);
/** By the names of the weights. */
export type QuantizedMatrices = Map<string, QuantizedMatrix>;

/** Whether a weight is kept as codes: the linear layers' inside the layers are. Embeddings, norms, biases and the head are not, as in QLoRA. */
export function quantizes(config: ModelConfig): (name: string) => boolean {
  const endings = Object.keys(layerMatrices(config)).map((module) => `.${module}.weight`);
  const { layers } = tensorNames(config);
  return (name) => name.startsWith(layers) && endings.some((ending) => name.endsWith(ending));
}

/** Bytes of the codes and of what belongs to them. */
export function codeBytes(matrix: QuantizedMatrix): number {
  if (matrix.kind === 'int8') return matrix.codes.byteLength + matrix.absmax.byteLength;
  const { codes, absmaxCodes, absmaxScales } = matrix;
  return codes.byteLength + absmaxCodes.byteLength + absmaxScales.byteLength + 4;
}

/** One sentence for a run's record. */
export function describeQuantization(matrices: QuantizedMatrices): string {
  const all = [...matrices.values()];
  const mib = (bytes: number) => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  const codes = all.reduce((sum, matrix) => sum + codeBytes(matrix), 0);
  const dense = all.reduce((sum, { shape }) => sum + 4 * shape.reduce((a, b) => a * b, 1), 0);
  return `base: ${all.length} linear layers as ${all[0]?.kind} codes, ${mib(codes)} in place of ${mib(dense)}; evaluations use it too`;
}

export function quantize({ shape, values }: NamedTensor, kind: Quantization): QuantizedMatrix {
  if (kind === 'int8') return { kind, shape, ...quantizeInt8(values, shape[0]!) };
  return { kind, shape, ...quantizeNf4(values) };
}

/** float32, as every product sees it */
export function dequantize(matrix: QuantizedMatrix): NamedTensor {
  const values = new Float32Array(matrix.shape.reduce((size, n) => size * n, 1));
  if (matrix.kind === 'int8') dequantizeInt8(matrix, values);
  else dequantizeNf4(matrix, values);
  return { shape: matrix.shape, values };
}
