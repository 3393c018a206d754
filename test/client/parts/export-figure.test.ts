import { expect, test } from '@jest/globals';
import { csvOf } from '../../../client/parts/export-figure.js';

test('CSV keeps full numbers and quotes what needs it', () => {
  const rows = [
    [0.1 + 0.2, 'plain', undefined, true],
    [Number.NaN, 'a "b", c', null, ['x']],
  ];
  expect(csvOf({ columns: ['value', 'text', 'none', 'other'], rows })).toBe(
    'value,text,none,other\r\n0.30000000000000004,plain,,true\r\nNaN,"a ""b"", c",,"[""x""]"',
  );
});

test('a text that a spreadsheet would run is defused', () => {
  expect(csvOf({ columns: ['name'], rows: [['=HYPERLINK("x")'], ['+1'], [-1]] })).toBe(
    'name\r\n"\'=HYPERLINK(""x"")"\r\n\'+1\r\n-1',
  );
});
