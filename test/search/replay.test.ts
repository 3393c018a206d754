import { expect, test } from '@jest/globals';
import type { SearchSpace } from '../../src/core/search-space.js';
import { historyChanges, historySeen } from '../../src/search/history.js';
import { replaySuggestions, type StoredSuggestion } from '../../src/search/replay.js';
import { historyHash, type SearchPolicy, type TrialRecord } from '../../src/search/sampler.js';
import { suggest } from '../../src/search/suggest.js';

const space: SearchSpace = [
  { kind: 'float', name: 'rate', min: 1e-4, max: 1, scale: 'log' },
  { kind: 'categorical', name: 'rank', values: [1, 2, 4] },
];
const policy: SearchPolicy = { method: 'bayes', goal: 'minimize', runCap: 12 };
const warm: TrialRecord[] = [{ params: { rate: 0.5, rank: 4 }, state: 'finished', value: 3 }];

/** Two trials at a time, one of which diverges: the history of a suggestion is not the rows at the end. */
function swept(): StoredSuggestion[] {
  const now: TrialRecord[] = [];
  let seen: TrialRecord[] = [];
  return Array.from({ length: 12 }, (_, i) => {
    const ended = now[i - 2];
    if (ended && i === 7) {
      now[i - 2] = { ...ended, state: 'stopped', value: 0.1 + 0.2, variance: 1 / 3 };
    } else if (ended) {
      const value = i === 5 ? Number.NaN : Math.log10(ended.params.rate as number) ** 2;
      now[i - 2] = { ...ended, state: Number.isNaN(value) ? 'diverged' : 'finished', value };
    }
    const suggestion = suggest(space, [...warm, ...now], policy, 7);
    if ('exhausted' in suggestion) throw new Error('the space is endless');
    const stored = {
      params: suggestion.params,
      replicate: 0,
      historyHash: historyHash([...warm, ...now]),
      historyChanges: historyChanges(seen, now),
    };
    seen = [...now];
    now.push({ params: suggestion.params, state: 'running' });
    return JSON.parse(JSON.stringify(stored)) as StoredSuggestion;
  });
}

const verdicts = (stored: StoredSuggestion[], by = policy) =>
  [...replaySuggestions(space, warm, stored, () => by, 7)].map(({ verdict }) => verdict);

test('every suggestion comes out the same', () => {
  expect(verdicts(swept())).toEqual(Array(12).fill('same'));
});

test('the changes alone give the history back', () => {
  const stored = swept();
  const params = stored.map((suggestion) => suggestion.params);
  const seen = historySeen(
    params,
    stored.map(({ historyChanges: changes }) => changes!),
  );
  expect(seen).toHaveLength(11);
  expect(seen[3]).toEqual({ params: params[3], state: 'diverged', value: Number.NaN });
  expect(seen[5]).toEqual({ params: params[5], state: 'stopped', value: 0.1 + 0.2, variance: 1 / 3 });
  expect(seen.slice(-2).map(({ state }) => state)).toEqual(['finished', 'running']);
});

test('a suggestion that was altered is found, with both', () => {
  const stored = swept();
  stored[4] = { ...stored[4]!, params: { rate: 0.123, rank: 2 } };
  const [first] = [...replaySuggestions(space, warm, stored, () => policy, 7)].filter(
    (r) => r.verdict !== 'same',
  );
  expect(first).toMatchObject({
    trial: 5,
    verdict: 'different',
    stored: { rate: 0.123 },
    suggested: { rank: 1 },
  });
});

test('another history or policy is found too, and what was not kept is said', () => {
  const stored = swept();
  stored[6] = { ...stored[6]!, historyChanges: [] };
  expect(verdicts(stored)[6]).toBe('history');
  stored[2] = { ...stored[2]!, historyChanges: null };
  expect(verdicts(stored).slice(0, 4)).toEqual(['same', 'same', 'unknown', 'unknown']);
  expect(verdicts(swept(), { ...policy, method: 'random' })).toContain('different');
});
