import { hash32, mixed } from './words.js';

const { imul } = Math;
const SLOTS = 2 ** 26;
/** Up to so many words, narrow contexts are counted as well: with more, the table would be too full for them. */
const MOST_FOR_NARROW = 2_000_000;
const EDGE = 0x51ed270b;

/**
 * How often the surroundings of a word occur, whatever the word: two before and two after it, or one and one. Surroundings that recur are
 * those of a template's slot: "the capital of _ is". Counted in a table of 64 MB at most, up to 255.
 */
export class WordContexts {
  private readonly counts = new Uint8Array(SLOTS);
  private words = 0;

  add(words: readonly string[]): void {
    this.words += words.length;
    const hashes = words.map(hash32);
    for (let i = 0; i < hashes.length; i++) {
      this.count(wideContext(hashes, i));
      if (this.words < MOST_FOR_NARROW) this.count(narrowContext(hashes, i));
    }
  }

  /** Whether a word stands in a slot of a template. `isCommon`: the words that take turns in it are frequent ones. */
  isInSlot(word: string, words: readonly string[], isCommon: boolean): boolean {
    const least = this.words < MOST_FOR_NARROW ? 3 : 4;
    const hashes = words.map(hash32);
    return words.some((other, i) => {
      if (other !== word) return false;
      if (this.counts[wideContext(hashes, i)]! >= least) return true;
      return isCommon && this.words < MOST_FOR_NARROW && this.counts[narrowContext(hashes, i)]! > 3;
    });
  }

  private count(slot: number): void {
    if (this.counts[slot]! < 255) this.counts[slot]!++;
  }
}

function wideContext(hashes: number[], i: number): number {
  const at = (k: number) => hashes[i + k] ?? EDGE;
  return mixed(imul(imul(imul(at(-2), 31) + at(-1), 37) + at(1), 41) + at(2)) % SLOTS;
}

function narrowContext(hashes: number[], i: number): number {
  return mixed(imul(hashes[i - 1] ?? EDGE, 43) + (hashes[i + 1] ?? EDGE)) % SLOTS;
}
