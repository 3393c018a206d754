import { expect, test } from '@jest/globals';
import type { ApiClient } from '../../src/api-client/api-client.js';
import { type Checked, spotChecker, spotCheckInterval } from '../../src/cli/spot-check.js';

const HOUR = 3_600_000;
const at = (ms: number) => new Date(ms).toISOString();

function world(last: string | null, ids: string[]) {
  const asked: string[] = [];
  const tagged: unknown[] = [];
  const client = {
    request: async (operation: object, variables: { input?: unknown }) => {
      if (variables.input) {
        tagged.push(variables.input);
        return { annotateRun: { id: 'x' } };
      }
      asked.push(String(operation));
      const sealed = ids.map((id) => ({ id, reproduces: null, manifestHash: 'h' }));
      const others = [
        { id: 'reported', reproduces: null, manifestHash: null },
        { id: 'repetition', reproduces: 'a', manifestHash: 'h' },
      ];
      return {
        last: { items: last ? [{ startedAt: last }] : [] },
        candidates: { items: [...others, ...sealed] },
      };
    },
  } as unknown as ApiClient;
  return { client, asked, tagged };
}

function checkerOf(client: ApiClient, clock: { ms: number }, verdict: string) {
  const seen: Checked[] = [];
  const reproduced: string[] = [];
  const check = spotChecker({
    ...{ client, seconds: 24 * 3600, signal: new AbortController().signal, now: () => clock.ms },
    random: () => 0.6,
    onChecked: (checked) => seen.push(checked),
    reproduce: async (_, runId) => {
      reproduced.push(runId);
      return { runId, reproductionId: 'again', verdict, isDrift: verdict === 'different', why: verdict };
    },
  });
  return { check, seen, reproduced };
}

test('repeats one sealed run that is no repetition, tags the repetition with the verdict, and waits for a day', async () => {
  const clock = { ms: 100 * HOUR };
  const { client, tagged, asked } = world(at(70 * HOUR), ['a', 'b']);
  const { check, seen, reproduced } = checkerOf(client, clock, 'different');
  expect(await check()).toBe(true);
  expect(reproduced).toEqual(['b']);
  expect(seen).toMatchObject([{ runId: 'b', isDrift: true }]);
  expect(tagged).toEqual([{ runId: 'again', tags: [{ key: 'spotcheck', value: 'different' }] }]);
  clock.ms += 23 * HOUR;
  expect(await check()).toBe(false);
  expect(asked).toHaveLength(1);
  clock.ms += 2 * HOUR;
  expect(await check()).toBe(true);
});

test('makes none where another worker made one within the day, or where there is nothing to repeat', async () => {
  const clock = { ms: 100 * HOUR };
  const recent = checkerOf(world(at(90 * HOUR), ['a']).client, clock, 'identical');
  expect(await recent.check()).toBe(false);
  const empty = checkerOf(world(null, []).client, clock, 'identical');
  expect(await empty.check()).toBe(false);
  expect([...recent.reproduced, ...empty.reproduced]).toEqual([]);
});

test('an interval is a word or a duration', () => {
  expect(['nightly', 'hourly', '90m', '12h'].map(spotCheckInterval)).toEqual([86_400, 3600, 5400, 43_200]);
  expect(() => spotCheckInterval('sometimes')).toThrow(
    '--spotcheck: found "sometimes", allowed: hourly, nightly, weekly',
  );
});
