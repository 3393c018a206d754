import { expect, test } from '@jest/globals';
import { rankReport } from '../../../src/cli/terminal/rank-report.js';
import type { SweepProgress } from '../../../src/cli/terminal/trial-table.js';

const rank = { parameter: 'lora.rank', ladder: [2, 4, 8], trials: 1, seeds: 2 };

function sweepOf(losses: [rank: number, loss: number][], config: object = { rank }): SweepProgress {
  const trials = losses.map(([r, objective], i) => ({
    ...{ number: i + 1, state: 'finished', parameters: { 'lora.rank': r }, objective },
    run: {
      ...{ startedAt: '2026-01-01T00:00:00Z', endedAt: '2026-01-01T00:01:30Z' },
      summary: { facts: { trainableParameters: 1000 * r, peakMemoryBytes: 2e9 } },
    },
  }));
  const metric = { name: 'validation/loss', goal: 'minimize' };
  return { config: { metric, ...config }, trials } as unknown as SweepProgress;
}

test('says what each doubling bought and cost, and the smallest rank that will do', () => {
  const [report] = rankReport(
    sweepOf([
      ...([2, 4, 2, 4, 8, 8] as const).map((r, i): [number, number] => [
        r,
        [3, 2, 3.02, 2.02, 1.99, 2.03][i]!,
      ]),
    ]),
  );
  const rows = report!
    .split('\n')
    .slice(3, 6)
    .map((row) => row.split(/\s{2,}/));
  expect(rows[0]).toEqual(['2', '1', '3.01', '2', '–', '–', '2,000', '2 GB', '90 s']);
  expect(rows[1]!.slice(0, 5)).toEqual(['4', '1', '2.01', '2', '1']);
  // pooled deviation: √((0.02² + 0.02² + 0.04²)/2/3) = 0.02; two standard errors of a difference of two means of two: 2 · 0.02
  expect(rows[1]![5]).toBe('0.04');
  expect(rows[2]!.slice(0, 6)).toEqual(['8', '1', '2.01', '2', '0', '0.04']);
  expect(report).toContain('The smallest rank that is not distinguishable from the best: 4.');
  expect(report).toContain('Rank 8 was no better than 4 beyond the noise');
});

test('says nothing of a sweep without a budget, and nothing of noise where nothing was repeated', () => {
  expect(rankReport(sweepOf([[2, 1]], {}))).toEqual([]);
  expect(rankReport(sweepOf([[2, 1]]))[0]).toContain('No configuration was repeated');
});
