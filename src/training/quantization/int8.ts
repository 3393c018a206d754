// Whole numbers of 8 bits with one scale for each output channel (LLM.int8: Dettmers et al. 2022, arXiv 2208.07339), bit for bit as
// bitsandbytes' int8_vectorwise_quant and int8_vectorwise_dequant: a weight is code·absmax of its row/127.

/** 1/127 in float32, which bitsandbytes multiplies by. */
export const INT8_STEP = Math.fround(7.874015718698502e-3);

export interface Int8Codes {
  codes: Int8Array;
  /** one a row */
  absmax: Float32Array;
}

/** Added to a small float32, it leaves no room for a fraction: what is left is rounded to even. */
const NO_FRACTION = 1.5 * 2 ** 23;

export function quantizeInt8(values: Float32Array, rows: number): Int8Codes {
  const wide = values.length / rows;
  const [codes, absmax] = [new Int8Array(values.length), new Float32Array(rows)];
  // What is stored here is rounded to float32.
  const scaled = new Float32Array(wide);
  for (let row = 0; row < rows; row++) {
    const of = values.subarray(row * wide, (row + 1) * wide);
    absmax[row] = largest(of);
    if (absmax[row] === 0) continue;
    const factor = Math.fround(Math.fround(1 / absmax[row]!) * 127);
    for (let i = 0; i < wide; i++) scaled[i] = of[i]! * factor;
    for (let i = 0; i < wide; i++) scaled[i]! += NO_FRACTION;
    for (let i = 0; i < wide; i++) codes[row * wide + i] = scaled[i]! - NO_FRACTION;
  }
  return { codes, absmax };
}

function largest(values: Float32Array): number {
  let most = 0;
  for (let i = 0; i < values.length; i++) {
    const size = values[i]! < 0 ? -values[i]! : values[i]!;
    if (size > most) most = size;
  }
  return most;
}

export function dequantizeInt8({ codes, absmax }: Int8Codes, out: Float32Array): void {
  const wide = codes.length / absmax.length;
  for (let row = 0; row < absmax.length; row++) {
    const [from, to] = [row * wide, (row + 1) * wide];
    for (let i = from; i < to; i++) out[i] = codes[i]! * absmax[row]!;
    for (let i = from; i < to; i++) out[i]! *= INT8_STEP;
  }
}
