import { mixed } from './words.js';

const { imul } = Math;

/** Bands of rows: two sets of Jaccard similarity s share a band with 1 − (1 − s⁴)¹⁶ (0.6: 0.89, 0.7: 0.99, 0.3: 0.12). */
export const BANDS = 16;
export const ROWS = 4;
export const HASHES = BANDS * ROWS;

/** odd multipliers and offsets of the permutations x → a·x + b mod 2³² of a mixed hash */
const [MULTIPLIERS, OFFSETS] = permutations();

function permutations(): [Int32Array, Int32Array] {
  const number = (i: number) => mixed(imul(i + 1, 0x9e3779b9));
  return [
    Int32Array.from({ length: HASHES }, (_, i) => number(2 * i) | 1),
    Int32Array.from({ length: HASHES }, (_, i) => number(2 * i + 1)),
  ];
}

/** Hashes of `count` words and of the pairs of neighbours: the set that similarity is measured on, some perhaps twice. */
export function shinglesOf(words: Int32Array, count: number, into: Int32Array): Int32Array {
  let size = 0;
  for (let i = 0; i < count; i++) {
    into[size++] = words[i]!;
    if (i > 0) into[size++] = mixed(imul(words[i - 1]!, 31) + words[i]!);
  }
  return into.subarray(0, size);
}

/**
 * MinHash (Broder 1997): for each permutation the least value over the set. The share of equal entries of two signatures estimates the
 * Jaccard similarity of the sets; its standard error is √(s(1 − s)/64), 0.0625 at most.
 */
export function signatureOf(shingles: Int32Array, into: Int32Array): Int32Array {
  for (let k = 0; k < HASHES; k++) into[k] = leastOf(shingles, MULTIPLIERS[k]!, OFFSETS[k]!);
  return into;
}

function leastOf(shingles: Int32Array, multiplier: number, offset: number): number {
  let least = 0x7fffffff;
  for (let i = 0; i < shingles.length; i++) {
    const value = (imul(multiplier, shingles[i]!) + offset) | 0;
    if (value < least) least = value;
  }
  return least;
}

/** One hash for each band of a signature, into `bands` from `start`. */
export function writeBands(signature: Int32Array, bands: Uint32Array, start: number): void {
  for (let band = 0; band < BANDS; band++) {
    let hash = band + 1;
    for (let row = 0; row < ROWS; row++) hash = mixed(imul(hash, 31) + signature[band * ROWS + row]!);
    bands[start + band] = hash;
  }
}
