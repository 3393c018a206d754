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

  add(words: Int32Array, count: number): void {
    this.words += count;
    const withNarrow = this.words < MOST_FOR_NARROW;
    let [two, one, here, next] = [EDGE, EDGE, words[0]!, count > 1 ? words[1]! : EDGE];
    for (let i = 0; i < count; i++) {
      const after = i + 2 < count ? words[i + 2]! : EDGE;
      this.count(wideContext(two, one, next, after));
      if (withNarrow) this.count(narrowContext(one, next));
      [two, one, here, next] = [one, here, next, after];
    }
  }

  /** Whether a word stands in a slot of a template. `isCommon`: the words that take turns in it are frequent ones. */
  isInSlot(word: string, words: readonly string[], isCommon: boolean): boolean {
    const least = this.words < MOST_FOR_NARROW ? 3 : 4;
    const hashes = words.map(hash32);
    return words.some((other, i) => {
      if (other !== word) return false;
      const at = (k: number) => hashes[i + k] ?? EDGE;
      if (this.counts[wideContext(at(-2), at(-1), at(1), at(2))]! >= least) return true;
      return isCommon && this.words < MOST_FOR_NARROW && this.counts[narrowContext(at(-1), at(1))]! > 3;
    });
  }

  private count(slot: number): void {
    if (this.counts[slot]! < 255) this.counts[slot]!++;
  }
}

function wideContext(two: number, one: number, next: number, after: number): number {
  return mixed(imul(imul(imul(two, 31) + one, 37) + next, 41) + after) & (SLOTS - 1);
}

function narrowContext(one: number, next: number): number {
  return mixed(imul(one, 43) + next) & (SLOTS - 1);
}
