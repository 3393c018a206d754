const { imul } = Math;

/**
 * Sobol points in up to 40 dimensions: direction numbers of Joe & Kuo 2008 (new-joe-kuo-6), as tabulated in SciPy. Each row is the dimension's primitive
 * polynomial as bits, then its first direction integers. The first dimension is van der Corput's sequence.
 */
const JOE_KUO: readonly (readonly number[])[] = [
  [3, 1],
  [7, 1, 3],
  [11, 1, 3, 1],
  [13, 1, 1, 1],
  [19, 1, 1, 3, 3],
  [25, 1, 3, 5, 13],
  [37, 1, 1, 5, 5, 17],
  [41, 1, 1, 5, 5, 5],
  [47, 1, 1, 7, 11, 19],
  [55, 1, 1, 5, 1, 1],
  [59, 1, 1, 1, 3, 11],
  [61, 1, 3, 5, 5, 31],
  [67, 1, 3, 3, 9, 7, 49],
  [91, 1, 1, 1, 15, 21, 21],
  [97, 1, 3, 1, 13, 27, 49],
  [103, 1, 1, 1, 15, 7, 5],
  [109, 1, 3, 1, 15, 13, 25],
  [115, 1, 1, 5, 5, 19, 61],
  [131, 1, 3, 7, 11, 23, 15, 103],
  [137, 1, 3, 7, 13, 13, 15, 69],
  [143, 1, 1, 3, 13, 7, 35, 63],
  [145, 1, 3, 5, 9, 1, 25, 53],
  [157, 1, 3, 1, 13, 9, 35, 107],
  [167, 1, 3, 1, 5, 27, 61, 31],
  [171, 1, 1, 5, 11, 19, 41, 61],
  [185, 1, 3, 5, 3, 3, 13, 69],
  [191, 1, 1, 7, 13, 1, 19, 1],
  [193, 1, 3, 7, 5, 13, 19, 59],
  [203, 1, 1, 3, 9, 25, 29, 41],
  [211, 1, 3, 5, 13, 23, 1, 55],
  [213, 1, 3, 7, 3, 13, 59, 17],
  [229, 1, 3, 1, 3, 5, 53, 69],
  [239, 1, 1, 5, 5, 23, 33, 13],
  [241, 1, 1, 7, 7, 1, 61, 123],
  [247, 1, 1, 7, 9, 13, 61, 49],
  [253, 1, 3, 3, 5, 3, 55, 33],
  [285, 1, 3, 1, 15, 31, 13, 49, 245],
  [299, 1, 3, 5, 15, 31, 59, 63, 97],
  [301, 1, 3, 1, 11, 11, 11, 77, 249],
];
export const MAX_SOBOL_DIMENSIONS = JOE_KUO.length + 1;
const BITS = 32;

/** directions[j][b]: the number that bit b of the index contributes to coordinate j */
const DIRECTIONS = Array.from({ length: MAX_SOBOL_DIMENSIONS }, (_, j) => directionsOf(j));

function directionsOf(j: number): Uint32Array {
  const v = new Uint32Array(BITS);
  const [polynomial = 1, ...first] = j === 0 ? [] : JOE_KUO[j - 1]!;
  const degree = first.length;
  for (let i = 0; i < BITS; i++) {
    if (j === 0) v[i] = 2 ** (BITS - 1 - i);
    else if (i < degree) v[i] = first[i]! * 2 ** (BITS - 1 - i);
    else v[i] = recurrence(v, i, polynomial, degree);
  }
  return v;
}

function recurrence(v: Uint32Array, i: number, polynomial: number, degree: number): number {
  let next = v[i - degree]! ^ (v[i - degree]! >>> degree);
  for (let k = 1; k < degree; k++) if ((polynomial >>> (degree - k)) & 1) next ^= v[i - k]!;
  return next >>> 0;
}

/** Coordinate j of point number `index`, as 32 bits. Points come in Gray-code order, as SciPy's do. */
function sobolBits(index: number, j: number): number {
  let gray = (index ^ (index >>> 1)) >>> 0;
  let bits = 0;
  for (let b = 0; gray !== 0; b++, gray >>>= 1) if (gray & 1) bits ^= DIRECTIONS[j]![b]!;
  return bits >>> 0;
}

/** Point number `index` (from 0) in [0, 1)^d, not scrambled: starts at the origin. */
export function sobolPoint(index: number, d: number): Float64Array {
  return Float64Array.from({ length: d }, (_, j) => sobolBits(index, j) / 2 ** BITS);
}

/**
 * Point number `index`, Owen-scrambled by hashing (Burley 2020, "Practical Hash-based Owen Scrambling", listing 1 with the hash of Laine & Karras
 * 2011): keeps every power-of-two block evenly spread, and each seed gives another set. Uniform in (0, 1).
 * @param seeds one 32-bit number per dimension
 */
export function scrambledSobolPoint(index: number, seeds: Uint32Array): Float64Array {
  return Float64Array.from(seeds, (seed, j) => (owenScramble(sobolBits(index, j), seed) + 0.5) / 2 ** BITS);
}

function owenScramble(bits: number, seed: number): number {
  return reverseBits(laineKarras(reverseBits(bits), seed));
}

function laineKarras(bits: number, seed: number): number {
  let x = (bits + seed) >>> 0;
  x ^= imul(x, 0x6c50b47c);
  x ^= imul(x, 0xb82f1e52);
  x ^= imul(x, 0xc7afe638);
  x ^= imul(x, 0x8d22f6e6);
  return x >>> 0;
}

function reverseBits(bits: number): number {
  let x = bits;
  x = ((x >>> 1) & 0x55555555) | ((x & 0x55555555) << 1);
  x = ((x >>> 2) & 0x33333333) | ((x & 0x33333333) << 2);
  x = ((x >>> 4) & 0x0f0f0f0f) | ((x & 0x0f0f0f0f) << 4);
  x = ((x >>> 8) & 0x00ff00ff) | ((x & 0x00ff00ff) << 8);
  return ((x >>> 16) | (x << 16)) >>> 0;
}
