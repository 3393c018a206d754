import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { configOfParams, meaningOf } from '../../src/runs/run-params.js';

const config = (params: Record<string, string>) =>
  configOfParams(Object.entries(params).map(([key, value]) => ({ key, value })));

test.each([
  ['1e-4', 1e-4],
  ['0.10', 0.1],
  ['-3', -3],
  ['007', '007'],
  ['12345678901234567890', '12345678901234567890'],
  ['1e999', '1e999'],
  ['nan', 'nan'],
  ['True', true],
  ['None', null],
  ['[1, 2]', [1, 2]],
  ["['q', 'v']", "['q', 'v']"],
  ['{"a": 1}', { a: 1 }],
  ['', ''],
  ['1_000', '1_000'],
])('the text %j means %j', (text, meaning) => {
  expect(meaningOf(text)).toEqual(meaning);
});

test('keys with dots become maps, unless something is in the way', () => {
  expect(config({ 'a.b.c': '1', 'a.d': '2' })).toEqual({ a: { b: { c: 1 }, d: 2 } });
  expect(config({ a: '1', 'a.b': '2' })).toEqual({ a: 1, 'a.b': 2 });
  expect(config({ 'a..b': '1', '.': '2' })).toEqual({ 'a..b': 1, '.': 2 });
});

test('no key changes what an object is', () => {
  const made = config({ '__proto__.x': '1', constructor: '2' });
  expect(JSON.stringify(made)).toBe('{"__proto__":{"x":1},"constructor":2}');
  expect(({} as { x?: number }).x).toBeUndefined();
});

test('nothing is lost: as many leaves as parameters, whatever their keys and order', () => {
  const key = fc.stringMatching(/^[ab.]{1,6}$/);
  const leaves = (value: unknown): number =>
    typeof value === 'object' && value !== null
      ? Object.values(value).reduce<number>((sum, below) => sum + leaves(below), 0)
      : 1;
  fc.assert(
    fc.property(fc.uniqueArray(key, { maxLength: 8 }), (keys) => {
      const params = keys.map((one, i) => ({ key: one, value: String(i) }));
      const made = configOfParams(params);
      expect(leaves(made)).toBe(keys.length);
      expect(configOfParams([...params].reverse())).toEqual(made);
    }),
  );
});
