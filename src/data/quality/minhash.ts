import { hash32, mixed } from './words.js';

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

/** Hashes of the words and of the pairs of neighbours: the set that similarity is measured on. */
export function shinglesOf(words: readonly string[]): Set<number> {
  const shingles = new Set<number>();
  let before = 0;
  for (const word of words) {
    const hash = hash32(word);
    shingles.add(hash);
    if (before !== 0) shingles.add(mixed(imul(before, 31) + hash));
    before = hash;
  }
  return shingles;
}

/**
 * MinHash (Broder 1997): for each permutation the least value over the set. The share of equal entries of two signatures estimates the
 * Jaccard similarity of the sets; its standard error is √(s(1 − s)/64), 0.0625 at most.
 */
export function signatureOf<T extends Uint32Array>(shingles: Iterable<number>, into: T): T {
  into.fill(0xffffffff);
  for (const shingle of shingles) {
    for (let k = 0; k < HASHES; k++) {
      const value = (imul(MULTIPLIERS[k]!, shingle) + OFFSETS[k]!) >>> 0;
      if (value < into[k]!) into[k] = value;
    }
  }
  return into;
}

/** One hash for each band of a signature, into `bands` from `start`. */
export function writeBands(signature: Uint32Array, bands: Uint32Array, start: number): void {
  for (let band = 0; band < BANDS; band++) {
    let hash = band + 1;
    for (let row = 0; row < ROWS; row++) hash = mixed(imul(hash, 31) + signature[band * ROWS + row]!);
    bands[start + band] = hash;
  }
}
