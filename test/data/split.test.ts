import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { CompletionExample } from '../../src/data/examples.js';
import { splitByHash } from '../../src/data/split.js';

const numbered = (count: number): CompletionExample[] =>
  Array.from({ length: count }, (_, i) => ({ prompt: `${i % 40}`, completion: `number ${i}` }));

describe('splitByHash', () => {
  it('gives each part about its share, each example to one part', () => {
    const all = numbered(4000);
    const { train, validation, test } = splitByHash(all, { train: 0.8, validation: 0.15, test: 0.05 });
    expect(train.length + validation.length + test.length).toBe(4000);
    expect(new Set([...train, ...validation, ...test])).toEqual(new Set(all));
    expect(train.length).toBeGreaterThan(3100);
    expect(train.length).toBeLessThan(3300);
    expect(test.length).toBeGreaterThan(150);
    expect(test.length).toBeLessThan(250);
  });

  it('keeps an example in its part whatever the others are', () => {
    const example = fc.record({ prompt: fc.string(), completion: fc.string() });
    const property = fc.property(fc.array(example), fc.array(example), (some, others) => {
      const fractions = { train: 0.5, rest: 0.5 };
      const alone = splitByHash(some, fractions);
      const among = splitByHash([...others, ...some.toReversed()], fractions);
      for (const name of ['train', 'rest'] as const) {
        for (const item of alone[name]) expect(among[name]).toContain(item);
      }
    });
    fc.assert(property, { seed: 1 });
  });

  it('keeps groups together', () => {
    const { train, rest } = splitByHash(
      numbered(400),
      { train: 0.5, rest: 0.5 },
      (example) => example.prompt,
    );
    const groups = new Set(train.map((example) => example.prompt));
    expect(groups.size).toBeGreaterThan(5);
    expect(rest.length).toBeGreaterThan(50);
    expect(rest.filter((example) => groups.has(example.prompt))).toEqual([]);
  });

  it('puts nothing into a part of size 0', () => {
    expect(splitByHash(numbered(50), { none: 0, all: 1, alsoNone: 0 }).all).toHaveLength(50);
  });

  it.each([[{ a: 0.5, b: 0.6 }], [{ a: -0.5, b: 1.5 }], [{ a: Number.NaN, b: 0.5 }]])(
    'refuses %j',
    (fractions) => {
      expect(() => splitByHash(numbered(2), fractions)).toThrow(/fractions: found .* expected shares/);
    },
  );
});
