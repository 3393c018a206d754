// C[M,N] (+)= op(A)·op(B), float32, row-major, one batch element.
//
// Goto's scheme: B is packed in blocks of KC x NC into panels 8 columns wide, A in blocks of MC x KC into panels
// 4 rows high, and a register tile of 4x8 runs along K. Both packed panels are padded with zeros, so that an edge
// tile computes like every other one and is only stored in part. Every element of C is summed over k in
// ascending order within blocks of KC: its bits do not depend on where it lies, on M or on N.
//
// M  rows of op(A) and C        K  depth        N  columns of op(B) and C
// All pointers and leading dimensions are in bytes; `scratch` has SCRATCH_BYTES of room.

const MR: i32 = 4;
const NR: i32 = 8;
const MC: i32 = 64;
const KC: i32 = 256;
const NC: i32 = 1024;
/** Room for one spilt tile: what `block` needs as its buffer. */
export const TILE_BYTES: i32 = MR * NR * 4;
const A_BYTES: i32 = MC * KC * 4;
const B_BYTES: i32 = NC * KC * 4;

/** Bytes of scratch memory that `matmul` needs. */
export function matmulScratchBytes(): i32 {
  return TILE_BYTES + A_BYTES + B_BYTES;
}

/**
 * One block of 4x8: c (+)= panelA(depth x 4)·panelB(depth x 8), depth ≥ 1.
 * The shape of this loop is measured: V8 schedules the loads of a loop body first, so 8 sums, 6 operands and a product
 * fill its 15 vector registers, and an unrolled body or a larger tile spills (25 GFLOP/s instead of 45); the test at
 * the end saves the tenth that `for` costs.
 */
@inline
function tile(depth: i32, a: usize, b: usize, c: usize, ldc: usize, add: bool): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  do {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load32_splat(a);
    c00 = f32x4.add(c00, f32x4.mul(x, b0));
    c01 = f32x4.add(c01, f32x4.mul(x, b1));
    x = v128.load32_splat(a, 4);
    c10 = f32x4.add(c10, f32x4.mul(x, b0));
    c11 = f32x4.add(c11, f32x4.mul(x, b1));
    x = v128.load32_splat(a, 8);
    c20 = f32x4.add(c20, f32x4.mul(x, b0));
    c21 = f32x4.add(c21, f32x4.mul(x, b1));
    x = v128.load32_splat(a, 12);
    c30 = f32x4.add(c30, f32x4.mul(x, b0));
    c31 = f32x4.add(c31, f32x4.mul(x, b1));
    a += 16;
    b += 32;
  } while (--depth > 0);
  storeRow(c, c00, c01, add);
  storeRow(c + ldc, c10, c11, add);
  storeRow(c + 2 * ldc, c20, c21, add);
  storeRow(c + 3 * ldc, c30, c31, add);
}

@inline
function storeRow(c: usize, left: v128, right: v128, add: bool): void {
  if (add) {
    left = f32x4.add(v128.load(c), left);
    right = f32x4.add(v128.load(c, 16), right);
  }
  v128.store(c, left);
  v128.store(c, right, 16);
}

/** Lets the tile spill into `buffer` and copies (or adds) the part rows x columns that exists. */
function edgeTile(depth: i32, a: usize, b: usize, c: usize, ldc: usize, add: bool, rows: i32, columns: i32, buffer: usize): void {
  tile(depth, a, b, buffer, NR * 4, false);
  for (let i = 0; i < rows; ++i) {
    for (let j = 0; j < columns; ++j) {
      const at = c + (j << 2);
      const value = load<f32>(buffer + (j << 2));
      store<f32>(at, add ? load<f32>(at) + value : value);
    }
    c += ldc;
    buffer += NR * 4;
  }
}

/**
 * Packs `width` vectors of `depth` numbers into panels of `panel` vectors, k running slowest in a panel.
 * Element (vector i, depth k) of the source lies at source + i*vectorStep + k*4 (depth is contiguous).
 */
@inline
function packDepthFirst(target: usize, source: usize, vectorStep: usize, width: i32, depth: i32, panel: i32): void {
  const panelStep: usize = panel << 2;
  for (let i = 0; i < width; i += 4) {
    // Inside a panel of 8, the second group of four starts 16 bytes further on.
    const at = target + <usize>(i / panel * panel * depth * 4) + <usize>((i % panel) << 2);
    if (i + 4 <= width) packFour(at, source + <usize>i * vectorStep, vectorStep, depth, panelStep);
    else packFewer(at, source + <usize>i * vectorStep, vectorStep, width - i, depth, panelStep);
  }
  const filled = (width + 3) & ~3;
  if (filled % panel != 0) zeroGroup(target + <usize>(filled / panel * panel * depth * 4) + 16, depth, panelStep);
}

/** Four vectors, transposed four by four. */
function packFour(target: usize, source: usize, step: usize, depth: i32, panelStep: usize): void {
  let p0 = source, p1 = source + step, p2 = source + 2 * step, p3 = source + 3 * step;
  let k = depth;
  for (; k >= 4; k -= 4) {
    const r0 = v128.load(p0), r1 = v128.load(p1), r2 = v128.load(p2), r3 = v128.load(p3);
    const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), t1 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const t2 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7), t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    v128.store(target, v128.shuffle<f64>(t0, t1, 0, 2));
    v128.store(target + panelStep, v128.shuffle<f64>(t0, t1, 1, 3));
    v128.store(target + 2 * panelStep, v128.shuffle<f64>(t2, t3, 0, 2));
    v128.store(target + 3 * panelStep, v128.shuffle<f64>(t2, t3, 1, 3));
    target += 4 * panelStep;
    p0 += 16; p1 += 16; p2 += 16; p3 += 16;
  }
  for (; k > 0; --k) {
    store<f32>(target, load<f32>(p0));
    store<f32>(target, load<f32>(p1), 4);
    store<f32>(target, load<f32>(p2), 8);
    store<f32>(target, load<f32>(p3), 12);
    target += panelStep;
    p0 += 4; p1 += 4; p2 += 4; p3 += 4;
  }
}

/** One to three vectors beside zeros. */
function packFewer(target: usize, source: usize, step: usize, count: i32, depth: i32, panelStep: usize): void {
  zeroGroup(target, depth, panelStep);
  for (let i = 0; i < count; ++i) {
    let from = source + <usize>i * step;
    let to = target + (i << 2);
    for (let k = 0; k < depth; ++k) {
      store<f32>(to, load<f32>(from));
      from += 4;
      to += panelStep;
    }
  }
}

function zeroGroup(target: usize, depth: i32, panelStep: usize): void {
  for (let k = 0; k < depth; ++k) {
    v128.store(target, f32x4.splat(0));
    target += panelStep;
  }
}

/** As packDepthFirst, for a source whose element (vector i, depth k) lies at source + k*depthStep + i*4. */
@inline
function packWidthFirst(target: usize, source: usize, depthStep: usize, width: i32, depth: i32, panel: i32): void {
  for (let i = 0; i < width; i += panel) {
    const count = min(panel, width - i);
    let from = source + (i << 2);
    let to = target + <usize>(i * depth * 4);
    for (let k = 0; k < depth; ++k) {
      if (count === panel) {
        v128.store(to, v128.load(from));
        if (panel === 8) v128.store(to, v128.load(from, 16), 16);
      } else {
        copyPadded(to, from, count, panel);
      }
      from += depthStep;
      to += panel << 2;
    }
  }
}

@inline
function copyPadded(to: usize, from: usize, count: i32, panel: i32): void {
  v128.store(to, f32x4.splat(0));
  if (panel === 8) v128.store(to, f32x4.splat(0), 16);
  for (let j = 0; j < count; ++j) store<f32>(to + (j << 2), load<f32>(from + (j << 2)));
}

/** Packs op(A)[rows, depth]: panels of 4 rows, rows*depth*4 bytes with rows rounded up to 4. */
export function packA(target: usize, a: usize, lda: usize, transposed: bool, rows: i32, depth: i32): void {
  if (transposed) packWidthFirst(target, a, lda, rows, depth, MR);
  else packDepthFirst(target, a, lda, rows, depth, MR);
}

/** Packs op(B)[depth, columns]: panels of 8 columns, columns*depth*4 bytes with columns rounded up to 8. */
export function packB(target: usize, b: usize, ldb: usize, transposed: bool, columns: i32, depth: i32): void {
  if (transposed) packDepthFirst(target, b, ldb, columns, depth, NR);
  else packWidthFirst(target, b, ldb, columns, depth, NR);
}

/**
 * c[rows, columns] (+)= packed A · packed B. Panels of B are `panelStep` bytes apart: B may be packed deeper than
 * `depth`, and `b` may point some way into its depth.
 */
export function block(
  rows: i32, columns: i32, depth: i32, a: usize, b: usize, panelStep: usize,
  c: usize, ldc: usize, add: bool, buffer: usize,
): void {
  for (let j = 0; j < columns; j += NR) {
    const width = min(NR, columns - j);
    for (let i = 0; i < rows; i += MR) {
      const panelA = a + <usize>(i * depth * 4);
      const height = min(MR, rows - i);
      const at = c + <usize>i * ldc + (j << 2);
      if (width === NR && height === MR) tile(depth, panelA, b, at, ldc, add);
      else edgeTile(depth, panelA, b, at, ldc, add, height, width, buffer);
    }
    b += panelStep;
  }
}

/** The whole product, put into c or added to it; lda, ldb, ldc are the bytes between rows as stored, transposed operands included. */
export function matmul(
  m: i32, n: i32, k: i32,
  a: usize, lda: usize, transposeA: bool,
  b: usize, ldb: usize, transposeB: bool,
  c: usize, ldc: usize, add: bool, scratch: usize,
): void {
  if (k === 0 && !add) clear(m, n, c, ldc);
  const packedA = scratch + TILE_BYTES;
  const packedB = packedA + A_BYTES;
  for (let jc = 0; jc < n; jc += NC) {
    const columns = min(NC, n - jc);
    for (let kc = 0; kc < k; kc += KC) {
      const depth = min(KC, k - kc);
      packB(packedB, at(b, ldb, transposeB, kc, jc), ldb, transposeB, columns, depth);
      for (let ic = 0; ic < m; ic += MC) {
        const rows = min(MC, m - ic);
        packA(packedA, at(a, lda, transposeA, ic, kc), lda, transposeA, rows, depth);
        block(rows, columns, depth, packedA, packedB, <usize>depth * NR * 4, at(c, ldc, false, ic, jc), ldc, add || kc > 0, scratch);
      }
    }
  }
}

/** An empty sum is zero, and fresh memory is not. */
function clear(m: i32, n: i32, c: usize, ldc: usize): void {
  for (let i = 0; i < m; ++i) memory.fill(c + <usize>i * ldc, 0, n << 2);
}

/** Where element (row, column) of the operand lies. */
@inline
function at(base: usize, step: usize, transposed: bool, row: i32, column: i32): usize {
  return transposed ? base + <usize>column * step + (row << 2) : base + <usize>row * step + (column << 2);
}
