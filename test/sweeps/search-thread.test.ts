import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from '@jest/globals';
import { RandomStream } from '../../src/core/random.js';
import type { SearchSpace } from '../../src/core/search-space.js';
import type { TrialRecord } from '../../src/search/sampler.js';
import { answerOf, questionKey, type SearchQuestion, takesLong } from '../../src/sweeps/search-question.js';
import { SearchThreadService } from '../../src/sweeps/search-thread.service.js';

const SPACE: SearchSpace = [
  { kind: 'float', name: 'rate', min: 1e-5, max: 1e-1, scale: 'log' },
  { kind: 'categorical', name: 'rank', values: [1, 2, 4, 8] },
];
const noise = new RandomStream(1, 'test');
const history: TrialRecord[] = Array.from({ length: 12 }, (_, i) => ({
  params: { rate: 10 ** (-5 + i / 3), rank: 2 ** (i % 4) },
  ...(i === 11
    ? { state: 'diverged' as const, value: Number.NaN }
    : { state: 'finished' as const, value: noise.next() }),
}));
const question: SearchQuestion = {
  kind: 'suggest',
  ...{ space: SPACE, history, policy: { method: 'bayes', goal: 'minimize', runCap: 30 }, seed: 4 },
};

/** The built thread: sources are TypeScript, which a thread cannot load. */
const threads = new SearchThreadService();
threads.entry = new URL('dist/src/sweeps/search-thread.js', `${pathToFileURL(process.cwd())}/`).pathname;
afterAll(() => threads.onModuleDestroy());

test('the thread answers as a call does, several questions at once, NaN in the history included', async () => {
  const kinds = ['believe', 'slices', 'importance'] as const;
  const questions = [question, { ...question, seed: 5 }, ...kinds.map((kind) => ({ ...question, kind }))];
  const answers = await Promise.all(questions.map((q) => threads.ask(q)));
  expect(answers).toEqual(questions.map(answerOf));
});

test('an error of the search reaches the one who asked, and the next question is answered', async () => {
  const endless = { ...question, policy: { ...question.policy, method: 'grid' as const } };
  await expect(threads.ask(endless)).rejects.toThrow(/grid needs finitely many points/);
  await expect(threads.ask(question)).resolves.toEqual(answerOf(question));
});

test('a suggestion counts for one history only; only the model takes long', () => {
  const later = { ...question, history: [...history, history[0]!] };
  expect(questionKey('a', question)).toBe(questionKey('a', { ...question, history: [...history] }));
  expect(questionKey('a', question)).not.toBe(questionKey('a', later));
  expect(questionKey('a', question)).not.toBe(questionKey('b', question));
  expect(takesLong(question)).toBe(true);
  expect(takesLong({ ...question, history: [] })).toBe(false);
  expect(takesLong({ ...question, policy: { ...question.policy, method: 'random' } })).toBe(false);
});
