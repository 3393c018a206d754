import { expect, test } from '@jest/globals';
import { placeLineage } from '../../../client/charts/lineage.js';

const runs = ['a', 'b', 'c', 'd'].map((runId) => ({ runId, label: runId }));
const link = (runId: string, fromId: string) => ({ runId, fromId, kind: 'derives_from', step: null });

test('a run stands right of all that it comes from', () => {
  const links = [link('b', 'a'), link('c', 'b'), link('c', 'a'), link('d', 'a')];
  expect(placeLineage(runs, links).map(({ runId, column, row }) => [runId, column, row])).toEqual([
    ['a', 0, 0],
    ['b', 1, 1],
    ['c', 2, 2],
    ['d', 1, 3],
  ]);
});

test('links in a ring, which an import could make, come to an end', () => {
  expect(placeLineage(runs.slice(0, 2), [link('a', 'b'), link('b', 'a')])).toHaveLength(2);
});
