import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { exactHash, WordHashes } from '../../../src/data/quality/word-hashes.js';
import { exactText, hash32, wordsOf } from '../../../src/data/quality/words.js';

/** Texts of few signs, so that marks, minus and white space meet in all ways. */
const text = fc
  .array(fc.constantFrom(...'aB7-. \t"(_\u2026\u00e9\u00a0漢'), { maxLength: 12 })
  .map((signs) => signs.join(''));

it('the words of a text are those of wordsOf, with or without other signs than ASCII', () => {
  const property = fc.property(text, text, (prompt, answer) => {
    const hashes = new WordHashes();
    hashes.add(prompt);
    const asked = hashes.length;
    hashes.add(answer);
    const words = [...wordsOf(prompt), ...wordsOf(answer)];
    expect([asked, hashes.length]).toEqual([wordsOf(prompt).length, words.length]);
    expect([...hashes.first.subarray(0, hashes.length)]).toEqual(words.map((word) => hash32(word) | 0));
    const alone = new WordHashes();
    alone.add(answer);
    expect(hashes.sequenceHash(asked)).toBe(alone.sequenceHash());
  });
  fc.assert(property, { seed: 1, numRuns: 2000 });
});

it('exact hashes are equal where the exact texts are', () => {
  const same = ([a, b]: string[], [c, d]: string[]) =>
    exactText(a!) === exactText(c!) && exactText(b!) === exactText(d!);
  const property = fc.property(fc.array(text, { minLength: 4, maxLength: 4 }), (texts) => {
    const [one, other] = [texts.slice(0, 2), texts.slice(2)];
    expect(exactHash(...one) === exactHash(...other)).toBe(same(one, other));
    expect(exactHash(...one)).toBe(exactHash(...one.map((part) => ` ${exactText(part)}\n`)));
  });
  fc.assert(property, { seed: 1, numRuns: 2000 });
});

it('holds more words than it has room for at first', () => {
  const hashes = new WordHashes();
  hashes.add('word '.repeat(5000));
  expect(hashes.length).toBe(5000);
  expect(new Set(hashes.first.subarray(0, 5000)).size).toBe(1);
});
