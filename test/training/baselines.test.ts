import { describe, expect, it } from '@jest/globals';

interface Loss {
  loss(tokens: ArrayLike<number>, i: number): number;
}
const { Trigrams, gzipBitsPerByte } = (await import('../../scripts/pretrain-baselines.mjs' as string)) as {
  Trigrams: new (tokens: ArrayLike<number>, vocabularySize: number) => Loss;
  gzipBitsPerByte(text: string): number;
};

describe('trigrams', () => {
  const corpus = [0, 1, 2, 0, 1, 2, 0, 1, 3, 2, 2, 4, 0, 1, 2];
  const model = new Trigrams(corpus, 6);

  it.each([[[0, 1]], [[5, 5]], [[3]], [[]]])('are probabilities after %j', (history) => {
    const sum = [0, 1, 2, 3, 4, 5].reduce((total, token) => {
      const tokens = [...history, token];
      return total + Math.exp(-model.loss(tokens, history.length));
    }, 0);
    expect(sum).toBeCloseTo(1, 10);
  });

  it('follow Witten and Bell by hand: after 0 1 came 2, 2, 3, 2', () => {
    // counts from the third token on: 13 tokens of 5 kinds, 2 five times; after 1: 2, 2, 3, 2 as well
    const unigram = (5 + 5 / 6) / (13 + 5);
    const bigram = (3 + 2 * unigram) / (4 + 2);
    expect(Math.exp(-model.loss([0, 1, 2], 2))).toBeCloseTo((3 + 2 * bigram) / (4 + 2), 10);
  });
});

it('gzip is far below 8 bits per byte on repetition', () => {
  expect(gzipBitsPerByte('the sea '.repeat(500))).toBeLessThan(0.2);
});
