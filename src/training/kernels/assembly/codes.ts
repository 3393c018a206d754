// Weights kept as codes, back to float32 (src/training/quantization): the same arithmetic in the same order, so the same bits.
//
// A part of a matrix [rows, wide] is made: `count` rows from `row` on, `columns` columns from `column` on, `targetStep` bytes apart.

const BLOCK_SHIFT: i32 = 6; // 64 weights
const GROUP_SHIFT: i32 = 8; // 256 blocks
/** Where things lie in the table of constants: 16 floats, their bytes in 4 planes of 16, 256 floats. */
const PLANES: usize = 64;
const DYNAMIC: usize = 128;

/** code·absmax[row]·step */
export function dequantizeInt8(
  count: i32, columns: i32, wide: i32, row: i32, column: i32,
  codes: usize, absmax: usize, step: f32, target: usize, targetStep: usize,
): void {
  const steps = f32x4.splat(step);
  for (let r = row; r < row + count; ++r) {
    const scale = load<f32>(absmax + (r << 2));
    const scales = f32x4.splat(scale);
    const from = codes + <usize>r * wide + column;
    let j = 0;
    for (; j + 8 <= columns; j += 8) {
      const whole = v128.load8x8_s(from + j);
      const left = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(whole));
      const right = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(whole));
      v128.store(target + (j << 2), f32x4.mul(f32x4.mul(left, scales), steps));
      v128.store(target + (j << 2), f32x4.mul(f32x4.mul(right, scales), steps), 16);
    }
    for (; j < columns; ++j) store<f32>(target + (j << 2), <f32>load<i8>(from + j) * scale * step);
    target += targetStep;
  }
}

/** value[code]·(dynamic[absmaxCode]·absmaxScale + offset) */
export function dequantizeNf4(
  count: i32, columns: i32, wide: i32, row: i32, column: i32,
  codes: usize, absmaxCodes: usize, absmaxScales: usize, offset: f32, tables: usize, target: usize, targetStep: usize,
): void {
  for (let r = row; r < row + count; ++r) {
    let i = r * wide + column;
    let to = target;
    for (const end = i + columns; i < end; ) {
      const block = i >> BLOCK_SHIFT;
      const stop = min(end, (block + 1) << BLOCK_SHIFT);
      const dynamic = load<f32>(tables + DYNAMIC + (<usize>load<u8>(absmaxCodes + block) << 2));
      const absmax = dynamic * load<f32>(absmaxScales + ((block >> GROUP_SHIFT) << 2)) + offset;
      nf4Run(i, stop, codes, absmax, tables, to);
      to += (stop - i) << 2;
      i = stop;
    }
    target += targetStep;
  }
}

/** Weights i to stop, all of one block. */
@inline
function nf4Run(i: i32, stop: i32, codes: usize, absmax: f32, tables: usize, to: usize): void {
  if (i & 1) {
    store<f32>(to, nf4Value(load<u8>(codes + (i >> 1)) & 15, tables) * absmax);
    to += 4;
    ++i;
  }
  for (; i + 16 <= stop; i += 16) {
    nf4Sixteen(v128.load64_zero(codes + (i >> 1)), f32x4.splat(absmax), tables, to);
    to += 64;
  }
  for (; i < stop; ++i) {
    const pair = load<u8>(codes + (i >> 1));
    store<f32>(to, nf4Value(i & 1 ? pair & 15 : pair >> 4, tables) * absmax);
    to += 4;
  }
}

@inline
function nf4Value(code: u32, tables: usize): f32 {
  return load<f32>(tables + (code << 2));
}

/** 8 bytes of codes; each float's four bytes are looked up in a plane of their own and put together. */
@inline
function nf4Sixteen(pairs: v128, absmax: v128, tables: usize, to: usize): void {
  const high = i8x16.shr_u(pairs, 4);
  const low = v128.and(pairs, i8x16.splat(15));
  const code = v128.shuffle<u8>(high, low, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const b0 = i8x16.swizzle(v128.load(tables + PLANES), code);
  const b1 = i8x16.swizzle(v128.load(tables + PLANES, 16), code);
  const b2 = i8x16.swizzle(v128.load(tables + PLANES, 32), code);
  const b3 = i8x16.swizzle(v128.load(tables + PLANES, 48), code);
  const lower = v128.shuffle<u8>(b0, b1, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const lower8 = v128.shuffle<u8>(b0, b1, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  const upper = v128.shuffle<u8>(b2, b3, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  const upper8 = v128.shuffle<u8>(b2, b3, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  v128.store(to, f32x4.mul(v128.shuffle<u16>(lower, upper, 0, 8, 1, 9, 2, 10, 3, 11), absmax));
  v128.store(to, f32x4.mul(v128.shuffle<u16>(lower, upper, 4, 12, 5, 13, 6, 14, 7, 15), absmax), 16);
  v128.store(to, f32x4.mul(v128.shuffle<u16>(lower8, upper8, 0, 8, 1, 9, 2, 10, 3, 11), absmax), 32);
  v128.store(to, f32x4.mul(v128.shuffle<u16>(lower8, upper8, 4, 12, 5, 13, 6, 14, 7, 15), absmax), 48);
}
