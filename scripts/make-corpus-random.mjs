/** A small seeded generator for the scripts that make text: SplitMix32, one state per stream, the same numbers on every machine. */
export class SeededRandom {
  constructor(seed) {
    this.state = seed >>> 0;
  }

  /** A uniform number in [0, 1) with 32 random bits. */
  next() {
    this.state = (this.state + 0x9e3779b9) >>> 0;
    let h = this.state;
    h = Math.imul(h ^ (h >>> 16), 0x21f0aaad);
    h = Math.imul(h ^ (h >>> 15), 0x735a2d97);
    return ((h ^ (h >>> 15)) >>> 0) / 2 ** 32;
  }

  /** A uniform integer from `low` to `high`, both included. */
  between(low, high) {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick(list) {
    return list[this.between(0, list.length - 1)];
  }

  chance(probability) {
    return this.next() < probability;
  }

  /** The same items in a random order (Fisher-Yates). */
  shuffle(list) {
    const copy = [...list];
    for (let i = copy.length - 1; i > 0; i--) {
      const j = this.between(0, i);
      [copy[i], copy[j]] = [copy[j], copy[i]];
    }
    return copy;
  }
}
