import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { MlflowError } from '../../src/mlflow/protocol/mlflow-error.js';
import { parseFilter, parseOrder } from '../../src/mlflow/search/filter-parser.js';
import { matching } from '../../src/mlflow/search/matching.js';
import { readFilter, type Vocabulary } from '../../src/mlflow/search/vocabulary.js';

const only = (text: string) => {
  const [condition, ...rest] = parseFilter(text);
  expect(rest).toEqual([]);
  const { entity, key, comparator, value } = condition!;
  return [entity, key, comparator, value && (value.kind === 'string' ? value.value : value.text)];
};

test.each([
  ['metrics.loss<0.5', ['metrics', 'loss', '<', '0.5']],
  ['metrics.`val loss` >= -1e-3', ['metrics', 'val loss', '>=', '-1e-3']],
  ['metrics."a.b c" = 1', ['metrics', 'a.b c', '=', '1']],
  ["params.model.name = 'it'", ['params', 'model.name', '=', 'it']],
  ["tags.mlflow.source.git.commit != 'x y'", ['tags', 'mlflow.source.git.commit', '!=', 'x y']],
  ['tag.x ilike "%A_%"', ['tag', 'x', 'ILIKE', '%A_%']],
  ["`attributes`.status = 'FINISHED'", ['attributes', 'status', '=', 'FINISHED']],
  ["`run name` = 'a'", [null, 'run name', '=', 'a']],
  ['params.x is not null', ['params', 'x', 'IS NOT NULL', null]],
  ['run_id NOT IN (\'a\', "b")', [null, 'run_id', 'NOT IN', '(a, b)']],
])('%s', (text, expected) => {
  expect(only(text)).toEqual(expected);
});

test('conditions are joined by AND, whatever its letters and the space around', () => {
  const keys = parseFilter(" metrics.a>1 and\n params.b='AND' AND tags.c IS NULL ").map(({ key }) => key);
  expect(keys).toEqual(['a', 'b', 'c']);
  expect(parseFilter('  ')).toEqual([]);
});

test.each([
  'metrics.a > 1 OR metrics.b > 1',
  'metrics.a >',
  'metrics.a',
  "params.a = 'x",
  '= 1',
  "a IN ('x'",
  'a IN ()',
  'a ! 1',
])('%s is refused', (text) => {
  expect(() => parseFilter(text)).toThrow(MlflowError);
});

test('any text is either understood or refused as the client’s error', () => {
  const piece = fc.constantFrom(
    'metrics.',
    '`',
    "'",
    '"',
    ' ',
    'AND',
    '=',
    '<',
    '(',
    ')',
    ',',
    'IN',
    'NOT',
    'a',
    '1',
    '%',
    ';',
    '\\',
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      try {
        parseFilter(pieces.join(''));
      } catch (error) {
        expect(error).toBeInstanceOf(MlflowError);
      }
    }),
  );
});

test('an order has a column and perhaps a direction', () => {
  expect(parseOrder('metrics.`a b` desc')).toEqual({ entity: 'metrics', key: 'a b', ascending: false });
  expect(parseOrder('start_time')).toEqual({ entity: null, key: 'start_time', ascending: true });
  expect(() => parseOrder('start_time sideways')).toThrow('Invalid ordering key');
});

const WORDS: Vocabulary = {
  ...{ kinds: ['tag'], numericAttributes: [], textAttributes: [], listAttributes: [], nullable: ['tag'] },
};

test('LIKE tells cases apart, ILIKE does not; % and _ stand for any, all else for itself', () => {
  const like = (comparator: string, pattern: string, value: string) => {
    const conditions = readFilter(`tags.t ${comparator} '${pattern}'`, WORDS);
    return matching([value], conditions, [], (item) => item).length === 1;
  };
  expect(like('LIKE', 'a%c', 'abbc')).toBe(true);
  expect(like('LIKE', 'A%c', 'abbc')).toBe(false);
  expect(like('ILIKE', 'A_C', 'abc')).toBe(true);
  expect(like('LIKE', 'a.c', 'abc')).toBe(false);
  expect(like('LIKE', '%[x]%', 'a[x]b')).toBe(true);
  expect(like('LIKE', 'b', 'abc')).toBe(false);
});
