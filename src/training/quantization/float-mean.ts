// The mean of float32 numbers as PyTorch sums them on one thread (aten/src/ATen/native/cpu/SumKernel.cpp, cascade_sum): the offset of
// NF4's double quantisation is such a mean, and bits that differ there differ in every weight.

const [LANES, ROWS, LEVELS] = [8, 4, 4];

/** float32; 0 for no numbers */
export function floatMean(x: Float32Array): number {
  return x.length === 0 ? 0 : Math.fround(floatSum(x) / x.length);
}

function floatSum(x: Float32Array): number {
  if (x.length < LANES) return groupSum(x, 0, 1, x.length);
  const vectors = Math.floor(x.length / LANES);
  let sum = 0;
  for (let i = vectors * LANES; i < x.length; i++) sum = Math.fround(sum + x[i]!);
  for (let lane = 0; lane < LANES; lane++) sum = Math.fround(sum + groupSum(x, lane, LANES, vectors));
  return sum;
}

/** Σ x[at + i·step] for i < count: four sums of every fourth number, then the rest, then the four together. */
function groupSum(x: Float32Array, at: number, step: number, count: number): number {
  const size = Math.floor(count / ROWS);
  const sums = Array.from({ length: ROWS }, (_, row) => cascadeSum(x, at + row * step, ROWS * step, size));
  for (let i = size * ROWS; i < count; i++) sums[0] = Math.fround(sums[0]! + x[at + i * step]!);
  return sums.reduce((sum, value) => Math.fround(sum + value));
}

/** Blocks of 2ᵖ numbers are summed, blocks of 2ᵖ such sums, and so on, so that rounding errors grow slowly. */
function cascadeSum(x: Float32Array, at: number, step: number, size: number): number {
  const power = Math.max(4, Math.floor((size <= 2 ? 1 : Math.ceil(Math.log2(size))) / LEVELS));
  const sums = new Float32Array(LEVELS);
  let i = 0;
  while (i + (1 << power) <= size) {
    for (const end = i + (1 << power); i < end; i++) sums[0]! += x[at + i * step]!;
    carry(sums, i, power);
  }
  for (; i < size; i++) sums[0]! += x[at + i * step]!;
  return sums.reduce((sum, value) => Math.fround(sum + value));
}

/** After i numbers: each full level goes into the next. */
function carry(sums: Float32Array, i: number, power: number): void {
  for (let level = 1; level < LEVELS; level++) {
    sums[level]! += sums[level - 1]!;
    sums[level - 1] = 0;
    if ((i & (((1 << power) - 1) << (level * power))) !== 0) return;
  }
}
