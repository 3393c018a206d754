import { hash32 } from './words.js';

const SLOTS = 2 ** 20;

/** In how many records each word occurs, counted in a table of fixed size: words that share a slot are taken for one. */
export class WordRarity {
  private readonly counts = new Uint32Array(SLOTS);
  /** the last record that counted in each slot: no record counts twice */
  private readonly lastRecords = new Uint32Array(SLOTS);
  private records = 0;

  add(words: Int32Array, count: number): void {
    this.records++;
    for (let i = 0; i < count; i++) {
      const slot = words[i]! & (SLOTS - 1);
      if (this.lastRecords[slot] === this.records) continue;
      this.lastRecords[slot] = this.records;
      this.counts[slot]!++;
    }
  }

  /** The number of records with the word. */
  countOf = (word: string): number => this.counts[hash32(word) & (SLOTS - 1)]!;

  /** How much a word says: the logarithm of its inverse frequency, at least 0.1. */
  weightOf = (word: string): number => {
    return Math.max(0.1, Math.log((this.records + 1) / (this.countOf(word) + 0.5)));
  };
}
