/** What any text model must beat: gzip, and a trigram model of the same tokens trained on the same corpus. */
import { gzipSync } from 'node:zlib';

/** Bits per byte of a text under gzip at its strongest. */
export function gzipBitsPerByte(text) {
  return (8 * gzipSync(text, { level: 9 }).length) / Buffer.byteLength(text);
}

/**
 * Interpolated trigram probabilities after Witten and Bell (1991): P(w | h) = (c(h,w) + t(h)·P(w | shorter h)) / (c(h) + t(h)), where
 * t(h) is the number of different tokens seen after h, and the shortest history falls back on equal probabilities.
 */
export class Trigrams {
  constructor(tokens, vocabularySize) {
    this.vocabularySize = vocabularySize;
    this.counts = new Map();
    /** by history: [how often it was seen, how many different tokens followed] */
    this.histories = new Map();
    for (let i = 2; i < tokens.length; i++) {
      for (let order = 0; order <= 2; order++) this.count(this.key(tokens, i, order), tokens[i]);
    }
  }

  /** A history of 0, 1 or 2 tokens before position i as one number. */
  key(tokens, i, order) {
    const v = this.vocabularySize;
    if (order === 0) return 0;
    if (order === 1) return 1 + tokens[i - 1];
    return 1 + v + tokens[i - 2] * v + tokens[i - 1];
  }

  count(history, token) {
    const pair = history * this.vocabularySize + token;
    const seen = this.counts.get(pair) ?? 0;
    this.counts.set(pair, seen + 1);
    const entry = this.histories.get(history) ?? [0, 0];
    this.histories.set(history, [entry[0] + 1, entry[1] + (seen === 0 ? 1 : 0)]);
  }

  /** Nats for the token at position i, given those before it. */
  loss(tokens, i) {
    let probability = 1 / this.vocabularySize;
    for (let order = 0; order <= Math.min(2, i); order++) {
      const history = this.key(tokens, i, order);
      const [total, types] = this.histories.get(history) ?? [0, 0];
      if (total === 0) break;
      const seen = this.counts.get(history * this.vocabularySize + tokens[i]) ?? 0;
      probability = (seen + types * probability) / (total + types);
    }
    return -Math.log(probability);
  }
}
