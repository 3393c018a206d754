import { describe, expect, test } from '@jest/globals';
import { conditionText, parseQuery } from '../../../client/filter/parse-query.js';
import { QueryError } from '../../../client/filter/tokens.js';

describe('reads', () => {
  test.each([
    ['', {}],
    ['lora.rank = 8', { where: [{ path: 'config.lora.rank', op: 'eq', value: 8 }] }],
    ['in_domain/loss<3.8', { where: [{ path: 'metric.in_domain/loss', op: 'lt', value: 3.8 }] }],
    ['metric.loss:min >= 1e-3', { where: [{ path: 'metric.loss:min', op: 'ge', value: 0.001 }] }],
    ['state:finished,stopped', { states: ['finished', 'stopped'] }],
    ['state = finished', { where: [{ path: 'state', op: 'eq', value: 'finished' }] }],
    ['project:era dataset:ab12 sweep:sweep_1', { project: 'era', datasetHash: 'ab12', sweepId: 'sweep_1' }],
    ['name ~ "era transfer"', { where: [{ path: 'name', op: 'contains', value: 'era transfer' }] }],
    ['name:era', { where: [{ path: 'name', op: 'contains', value: 'era' }] }],
    ['has:lora.dropout', { where: [{ path: 'config.lora.dropout', op: 'exists', value: true }] }],
    ['has:in_domain/loss', { where: [{ path: 'metric.in_domain/loss', op: 'exists', value: true }] }],
    ['lora.rank in (2, 4,8)', { where: [{ path: 'config.lora.rank', op: 'in', value: [2, 4, 8] }] }],
    ['lora.useRslora != true', { where: [{ path: 'config.lora.useRslora', op: 'ne', value: true }] }],
    ['earlyStopping = null', { where: [{ path: 'config.earlyStopping', op: 'eq', value: null }] }],
    ['loss-like words "two words"', { text: 'loss-like words two words' }],
    ["model = 'models/nano'", { where: [{ path: 'config.model', op: 'eq', value: 'models/nano' }] }],
    ['train/loss = NaN', { where: [{ path: 'metric.train/loss', op: 'eq', value: 'NaN' }] }],
  ])('%s', (query, filter) => expect(parseQuery(query)).toEqual(filter));

  test('several conditions, with and without "and"', () => {
    expect(parseQuery('lora.rank = 8 and in_domain/loss < 3.8 state:finished')).toEqual({
      states: ['finished'],
      where: [
        { path: 'config.lora.rank', op: 'eq', value: 8 },
        { path: 'metric.in_domain/loss', op: 'lt', value: 3.8 },
      ],
    });
  });
});

describe('explains', () => {
  test.each([
    ['lora.rank =', 'a value is missing at the end', 11],
    ['lora.rank = 8 or lora.rank = 4', '"or" is not understood', 14],
    ['state:done', 'no state "done"', 6],
    ['colour:red', '"colour:" is not known', 0],
    ['name = "open', 'this quote has no end', 7],
    ['< 3', 'found "<" where a name should be', 0],
    ['a = (', 'found "(" where a value should be', 4],
    ['lora.rank in (2, 4', '")" is missing at the end', 18],
  ])('%s', (query, message, at) => {
    const read = () => parseQuery(query);
    expect(read).toThrow(QueryError);
    expect(read).toThrow(message);
    try {
      read();
    } catch (error) {
      expect((error as QueryError).at).toBe(at);
    }
  });
});

test.each(['era', 'era "transfer"', 'a\\b', "it's", 'x or y'])(
  'a condition on %s reads back as itself',
  (name) => {
    expect(parseQuery(conditionText('project', name))).toEqual({ project: name });
  },
);
