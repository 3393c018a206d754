import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { startTestServer, type TestServer } from './test-server.js';
import { type Claim, point, TestWorker } from './test-worker.js';

// biome-ignore lint/suspicious/noExplicitAny: answers have as many shapes as there are questions
type Answer = any;

let server: TestServer;
let worker: TestWorker;

beforeAll(async () => {
  server = await startTestServer();
  worker = await TestWorker.register(server);
});
afterAll(() => server.close());

const address = () => `${server.url.replace('http', 'ws')}/graphql`;

/** What a subscription says, one news after the other. */
function subscribe(query: string, variables: Record<string, unknown> = {}) {
  const client = createClient({ url: address(), webSocketImpl: WebSocket, retryAttempts: 0 });
  const stream = client.iterate<Record<string, Answer>>({ query, variables });
  return {
    async next() {
      const { value } = await stream.next();
      return value as {
        data?: Answer;
        errors?: { message: string; extensions: { code: string; problems: unknown } }[];
      };
    },
    async end() {
      await stream.return?.();
      await client.dispose();
    },
  };
}

const SERIES = `subscription ($runIds: [ID!]!, $after: String) { seriesUpdates(runIds: $runIds, after: $after) {
  cursor additions { runId replaces series { name exact steps values } } } }`;
const loss = (step: number, value: number | string) => point('loss', step, value);

async function openRun(name: string): Promise<Claim & { id: string }> {
  const claim = await worker.open({ name, config: {}, project: name });
  return { ...claim, id: claim.run!.id };
}

describe('the points of a live run', () => {
  test('come once each, late ones with all the others, and go on where a broken connection ended', async () => {
    const run = await openRun('live');
    await worker.report(run, 1, [loss(1, 5), loss(2, 'NaN')]);
    const news = subscribe(SERIES, { runIds: [run.id] });
    const seen = (await news.next()).data.seriesUpdates;
    const addition = (replaces: boolean, steps: number[], values: unknown[]) => [
      { runId: run.id, replaces, series: { name: 'loss', exact: true, steps, values } },
    ];
    expect(seen.additions).toEqual(addition(false, [1, 2], [5, 'NaN']));
    await worker.report(run, 2, [loss(3, '-Infinity'), loss(4, 2)]);
    expect((await news.next()).data.seriesUpdates.additions).toEqual(
      addition(false, [3, 4], ['-Infinity', 2]),
    );
    await worker.report(run, 3, [loss(2.5, 7)]);
    const late = (await news.next()).data.seriesUpdates;
    expect(late.additions).toEqual(addition(true, [1, 2, 2.5, 3, 4], [5, 'NaN', 7, '-Infinity', 2]));
    await news.end();
    await worker.report(run, 4, [loss(5, 1)]);
    const again = subscribe(SERIES, { runIds: [run.id], after: late.cursor });
    expect((await again.next()).data.seriesUpdates.additions).toEqual(addition(false, [5], [1]));
    await again.end();
  });

  test.each([
    [{ runIds: ['run_nobody'] }, 'NOT_FOUND', 'there is no run "run_nobody"'],
    [{ runIds: [] }, 'INVALID_INPUT', 'allowed are 1 to 100'],
    [{ runIds: ['run_x'], after: 'nonsense' }, 'NOT_FOUND', 'there is no run'],
  ])('%j is refused with a code', async (variables, code, message) => {
    const news = subscribe(SERIES, variables);
    const { errors } = await news.next();
    expect(errors![0]!.extensions.code).toBe(code);
    expect(errors![0]!.message).toContain(message);
    await news.end();
  });
});

test('runs that begin, report and end, of a filter', async () => {
  const query = `subscription ($filter: RunFilter, $after: Instant) { runUpdates(filter: $filter, after: $after) { cursor runs { name state } } }`;
  const run = await openRun('watched');
  await openRun('another');
  const filter = { project: 'watched' };
  const news = subscribe(query, { filter });
  const one = (state: string) => [{ name: 'watched', state }];
  expect((await news.next()).data.runUpdates.runs).toEqual(one('running'));
  await worker.report(run, 1, [loss(1, 1)]);
  const { cursor, runs } = (await news.next()).data.runUpdates;
  expect(runs).toEqual(one('running'));
  await news.end();
  await worker.finish(run);
  const again = subscribe(query, { filter, after: cursor });
  expect((await again.next()).data.runUpdates.runs).toEqual(one('finished'));
  await again.end();
  const wrong = subscribe(query, { filter: { where: [{ path: 'x', op: 'eq', value: 1 }] } });
  expect((await wrong.next()).errors![0]!.extensions.code).toBe('INVALID_INPUT');
  await wrong.end();
});

test('a sweep as its trials go on', async () => {
  const yaml =
    'name: s\nmethod: grid\nmetric: {name: loss}\ncommand: [x]\nparameters: {rank: {values: [1, 2]}}\n';
  const { createSweep } = await server.query(
    'mutation ($input: CreateSweepInput!) { createSweep(input: $input) { id } }',
    { input: { yaml } },
  );
  const news = subscribe(
    'subscription ($id: ID!) { sweepUpdates(id: $id) { state trialCounts best { number } } }',
    createSweep,
  );
  expect((await news.next()).data.sweepUpdates).toMatchObject({ state: 'running', best: null });
  await worker.complete(await worker.claim(createSweep.id), 'loss', 3);
  let sweep: Answer;
  do sweep = (await news.next()).data.sweepUpdates;
  while (sweep.trialCounts.finished === 0);
  expect(sweep.best).toEqual({ number: 1 });
  await news.end();
});

describe('the socket keeps the rules of HTTP', () => {
  test('queries, mutations and what costs too much are refused', async () => {
    for (const [query, words] of [
      ['{ projects { id } }', 'found a query'],
      ['mutation { stopRun(id: "x") { id } }', 'found a mutation'],
      ['subscription { runUpdates { nonsense } }', 'Cannot query field'],
      ['subscription { runUpdates {', 'Syntax Error'],
    ]) {
      const news = subscribe(query!);
      const error = await news.next().then(
        ({ errors }) => errors![0]!.message,
        (thrown) => thrown[0].message,
      );
      expect(error).toContain(words);
      await news.end();
    }
  });

  test.each([{ origin: 'http://evil.example' }, { host: 'evil.example' }])(
    'a page from elsewhere is not let in: %j',
    async (headers) => {
      const socket = new WebSocket(address(), 'graphql-transport-ws', { headers });
      socket.on('open', () => socket.send('{"type":"connection_init"}'));
      const code = await new Promise((resolve) => socket.on('close', resolve));
      expect(code).toBe(4403);
    },
  );

  test('the server closes at once with sockets open, whatever their other side does', async () => {
    const other = await startTestServer();
    const socket = new WebSocket(`${other.url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
    const said = (type: string) =>
      new Promise((resolve) =>
        socket.on('message', (data) => String(data).includes(type) && resolve(undefined)),
      );
    await new Promise((resolve) => socket.on('open', resolve));
    const acknowledged = said('connection_ack');
    socket.send('{"type":"connection_init"}');
    await acknowledged;
    const query = 'subscription { runUpdates { cursor } }';
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } }));
    const closed = new Promise((resolve) => socket.on('close', resolve));
    await other.close();
    expect([1001, 1006]).toContain(await closed);
  });
});

describe('what a query costs', () => {
  const costs = async (query: string, variables = {}) => {
    const body = JSON.stringify({ query, variables });
    const headers = { 'content-type': 'application/json' };
    return (await fetch(`${server.url}/graphql`, { method: 'POST', headers, body })).json() as Answer;
  };

  test('is said with every answer', async () => {
    const { extensions } = await costs(
      '{ runs(first: 10) { total items { id series(names: ["a"], maxPoints: 500) { values } } } }',
    );
    // runs, total and items once; the ID and five hundred points ten times
    expect(extensions.cost).toEqual({ query: 1 + 100 + 1 + 10 * (1 + 5), limit: 1_000_000 });
  });

  test('and a refusal names the dearest fields with their prices', async () => {
    const query =
      '{ runs(first: 1000) { items { id series(maxPoints: 50000) { values } log(lastLines: 100000) } } }';
    const { errors } = await costs(query);
    expect(errors[0].extensions.code).toBe('TOO_LARGE');
    expect(errors[0].extensions.problems.slice(0, 2)).toEqual([
      {
        field: 'runs.items.series',
        message: 'costs 5,000,000 (1000 × 10 series of 50000 points at 100 for 1)',
      },
      { field: 'runs.items.log', message: 'costs 1,000,000 (1000 × 1000)' },
    ]);
  });
});
