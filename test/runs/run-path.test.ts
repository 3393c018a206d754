import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { dialectOf } from '../../src/access/dialect.js';
import { RanksweepError } from '../../src/core/errors.js';
import { parseRunPath } from '../../src/runs/run-path.js';

test.each([
  ['config.lora.rank', { kind: 'json', column: 'config', keys: ['lora', 'rank'] }],
  ['config.evaluations[0].name', { kind: 'json', column: 'config', keys: ['evaluations', 0, 'name'] }],
  ['facts.tokens', { kind: 'json', column: 'facts', keys: ['tokens'] }],
  ['metric.in_domain/loss', { kind: 'metric', name: 'in_domain/loss', part: 'last' }],
  ['metric.in_domain/loss:min', { kind: 'metric', name: 'in_domain/loss', part: 'min' }],
  ['metric.a:b', { kind: 'metric', name: 'a:b', part: 'last' }],
  ['metric.loss:best', { kind: 'metric', name: 'loss', part: 'finiteMin' }],
  ['metric.loss:best(maximize)', { kind: 'metric', name: 'loss', part: 'finiteMax' }],
  ['metric.loss:at(-1.5)', { kind: 'window', name: 'loss', window: { of: 'at', from: -1.5, to: -1.5 } }],
  ['metric.loss:mean(2,10)', { kind: 'window', name: 'loss', window: { of: 'mean', from: 2, to: 10 } }],
  ['metric.loss:at(x):last', { kind: 'metric', name: 'loss:at(x)', part: 'last' }],
  ['tag.a.b', { kind: 'tag', key: 'a.b' }],
  ['metric.:min', { kind: 'metric', name: ':min', part: 'last' }],
  ['sweep', { kind: 'column', column: 'sweepId' }],
  ['dataset', { kind: 'dataset' }],
])('%s is read as it is meant', (path, expected) => {
  expect(parseRunPath(path, 'path')).toEqual(expected);
});

test.each(['metric.loss:at(x)', 'metric.loss:mean(1)', 'metric.loss:best(down)'])('%s is refused', (path) => {
  expect(() => parseRunPath(path, 'path')).toThrow('metric.NAME:best');
});

test('any text is a path or a coded refusal, and a JSON path is nothing but quoted keys and indices', () => {
  const near = fc
    .tuple(fc.constantFrom('', 'config.', 'facts.', 'provenance.', 'metric.'), fc.string())
    .map((p) => p.join(''));
  fc.assert(
    fc.property(near, (path) => {
      try {
        const parsed = parseRunPath(path, 'where');
        if (parsed.kind !== 'json') return;
        for (const type of ['better-sqlite3', 'postgres']) {
          const { jsonPath } = dialectOf({ dataSource: { options: { type } } } as never);
          expect(jsonPath(parsed.keys)).toMatch(/^(strict )?\$(\."[^"\\]+"|\[\d+\])+$/);
        }
      } catch (error) {
        expect(error).toBeInstanceOf(RanksweepError);
        expect((error as RanksweepError).problems[0]!.field).toBe('where');
      }
    }),
  );
});
