import { describe, expect, test } from '@jest/globals';
import { Conversation } from '../../src/cli/ask-tell/conversation.js';
import { type Answer, parseMessage } from '../../src/cli/ask-tell/messages.js';
import { SWEEP_METHODS, type SweepMethod } from '../../src/core/sweep-config.js';

const SPACE = [
  { name: 'lr', type: 'float', low: 1e-6, high: 0.1, scale: 'log' },
  { name: 'steps', type: 'int', low: 1, high: 500, scale: 'log' },
  { name: 'rank', type: 'ordinal', values: [1, 2, 4, 8] },
  { name: 'target_modules', type: 'categorical', values: ['qv', 'attn', 'mlp', 'all'] },
];
const START = { type: 'start', space: SPACE, budget: 12, seed: 7, goal: 'minimize', defaults: null };

type Send = (message: object) => Answer | undefined;

function talk(method: SweepMethod): Send {
  const conversation = new Conversation(method);
  return (message) => conversation.answer(parseMessage(JSON.stringify(message)));
}

function paramsOf(answer: Answer | undefined): Record<string, unknown> {
  if (answer === undefined || !('params' in answer))
    throw new Error(`no params in ${JSON.stringify(answer)}`);
  return answer.params;
}

/** Plays a whole run; every fourth trial diverges. */
function play(send: Send, start: object, trials: number): Record<string, unknown>[] {
  const seen: Record<string, unknown>[] = [];
  let answer = send(start);
  for (let i = 1; i <= trials; i++) {
    const params = paramsOf(answer);
    seen.push(params);
    const diverged = i % 4 === 0;
    const value = diverged ? null : Math.abs(Math.log10(params.lr as number) + 3);
    const status = diverged ? 'diverged' : 'complete';
    answer = send({
      ...{ type: 'tell', params, value, status, curve: [[0.5, 1]], metrics: { a: 1 } },
      remaining: trials - i,
    });
  }
  expect(answer).toEqual({ type: 'done' });
  return seen;
}

describe.each(SWEEP_METHODS)('%s', (method) => {
  test('plays a run inside the space, recommends a tried point, and does the same again', () => {
    const send = talk(method);
    const seen = play(send, START, 12);
    for (const { lr, steps, rank, target_modules, ...rest } of seen) {
      expect(rest).toEqual({});
      expect(lr).toBeGreaterThanOrEqual(1e-6);
      expect(lr).toBeLessThanOrEqual(0.1);
      expect(Number.isInteger(steps)).toBe(true);
      expect([1, 2, 4, 8]).toContain(rank);
      expect(['qv', 'attn', 'mlp', 'all']).toContain(target_modules);
    }
    expect(seen).toContainEqual(paramsOf(send({ type: 'recommend' })));
    expect(play(send, START, 12)).toEqual(seen);
  });
});

test('recommend changes no later suggestion, and leaves the outstanding one outstanding', () => {
  const [asked, plain] = [talk('bayes'), talk('bayes')];
  let [a, b] = [asked(START), plain(START)];
  for (let i = 0; i < 8; i++) {
    expect(a).toEqual(b);
    const tell = { type: 'tell', params: paramsOf(a), value: (i * 7) % 5, status: 'complete', remaining: 9 };
    [a, b] = [asked(tell), plain(tell)];
    asked({ type: 'recommend' });
  }
});

test('starts with the defaults, and asks for more points while some are pending', () => {
  const send = talk('bayes');
  const defaults = { lr: 1e-4, steps: 20, rank: 4, target_modules: 'all' };
  const first = paramsOf(send({ ...START, defaults }));
  expect(first).toEqual(defaults);
  const [second, third] = [paramsOf(send({ type: 'ask' })), paramsOf(send({ type: 'ask' }))];
  expect(second).not.toEqual(third);
  send({ type: 'tell', params: third, value: 2, status: 'complete' });
  expect(paramsOf(send({ type: 'recommend' }))).toEqual(third);
});

test('a used-up space is answered with the best point again', () => {
  const send = talk('random');
  const start = { ...START, space: [{ name: 'rank', type: 'ordinal', values: [8, 1] }], budget: 5 };
  let answer = send(start);
  const ranks: unknown[] = [];
  for (let i = 1; i < 5; i++) {
    const { rank } = paramsOf(answer);
    ranks.push(rank);
    answer = send({ type: 'tell', params: { rank }, value: rank, status: 'complete', remaining: 5 - i });
  }
  expect([...ranks.slice(0, 2)].sort()).toEqual([1, 8]);
  expect([...ranks.slice(2), paramsOf(answer).rank]).toEqual([1, 1, 1]);
});

test.each([
  [
    'tell before start',
    { type: 'tell', params: {}, value: 1, status: 'complete', remaining: 1 },
    /before start/,
  ],
  [
    'low above high',
    { ...START, space: [{ ...SPACE[0], low: 1, high: 0 }] },
    /found 1, expected at most high/,
  ],
  ['log from 0', { ...START, space: [{ ...SPACE[0], low: 0 }] }, /log needs more than 0/],
  ['a name twice', { ...START, space: [SPACE[0], SPACE[0]] }, /lr is there twice/],
  ['an unknown type', { type: 'suggets' }, /type/],
])('refuses: %s', (_, message, pattern) => {
  expect(() => talk('bayes')(message)).toThrow(pattern);
});

test('a stopped trial counts by the end that its curve and the finished ones predict', () => {
  const at = [0.1, 0.2, 0.3, 0.4, 0.6, 0.8];
  const curve = (end: number, count: number) => at.slice(0, count).map((u) => [u, end + 0.3 * (1 / u - 1)]);
  const nextAfter = (last: object) => {
    const send = talk('bayes');
    let answer = send(START);
    for (const value of [3, 2.5, 2, 1.5]) {
      answer = send({ type: 'tell', params: paramsOf(answer), value, curve: curve(value, 6), remaining: 5 });
    }
    return send({ type: 'tell', params: paramsOf(answer), remaining: 4, ...last });
  };
  const stopped = { status: 'stopped', value: 9 };
  const seen = nextAfter({ ...stopped, curve: curve(1.5, 4) });
  expect(seen).toEqual(nextAfter({ ...stopped, value: 99, curve: curve(1.5, 4) }));
  expect(seen).not.toEqual(nextAfter(stopped));
});
