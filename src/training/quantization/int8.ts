// Whole numbers of 8 bits with one scale for each output channel (LLM.int8: Dettmers et al. 2022, arXiv 2208.07339), bit for bit as
// bitsandbytes' int8_vectorwise_quant and int8_vectorwise_dequant: a weight is code·absmax of its row/127.

/** 1/127 in float32, which bitsandbytes multiplies by. */
export const INT8_STEP = Math.fround(7.874015718698502e-3);

export interface Int8Codes {
  codes: Int8Array;
  /** one a row */
  absmax: Float32Array;
}

export function quantizeInt8(values: Float32Array, rows: number): Int8Codes {
  const wide = values.length / rows;
  const [codes, absmax] = [new Int8Array(values.length), new Float32Array(rows)];
  for (let row = 0; row < rows; row++) {
    const [from, to] = [row * wide, (row + 1) * wide];
    for (let i = from; i < to; i++) absmax[row] = Math.max(absmax[row]!, Math.abs(values[i]!));
    if (absmax[row] === 0) continue;
    const factor = Math.fround(Math.fround(1 / absmax[row]!) * 127);
    for (let i = from; i < to; i++) codes[i] = roundToEven(Math.fround(values[i]! * factor));
  }
  return { codes, absmax };
}

function roundToEven(x: number): number {
  const rounded = Math.round(x);
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

export function dequantizeInt8({ codes, absmax }: Int8Codes, out: Float32Array): void {
  const wide = codes.length / absmax.length;
  for (let i = 0; i < out.length; i++) {
    out[i] = Math.fround(codes[i]! * absmax[Math.floor(i / wide)]!) * INT8_STEP;
  }
}
