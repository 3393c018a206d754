import { request } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { packBatch } from '../../src/runs/point-batch.js';
import { columnsOf } from '../../src/runs/point-columns.js';
import { startTestServer, type TestServer } from './test-server.js';
import { type Claim, TestWorker } from './test-worker.js';

let server: TestServer;
let worker: TestWorker;
beforeAll(async () => {
  server = await startTestServer();
  worker = await TestWorker.register(server);
});
afterAll(() => server.close());

const BLOCK = 'application/vnd.ranksweep.points';
const JSON_TYPE = 'application/json';

async function send(claim: Claim, body: unknown, headers: Record<string, string> = {}) {
  const isBytes = Buffer.isBuffer(body);
  const response = await fetch(
    `${server.url}/api/runs/${claim.run!.id}/points?leaseToken=${claim.leaseToken}`,
    {
      method: 'POST',
      headers: { 'content-type': isBytes ? BLOCK : JSON_TYPE, ...headers },
      body: isBytes ? (body as unknown as ArrayBuffer) : JSON.stringify(body),
    },
  );
  return { status: response.status, ...((await response.json()) as { points?: number; error?: unknown }) };
}

async function stored(claim: Claim) {
  const query =
    'query ($id: ID!) { run(id: $id) { metrics { name count last } series(maxPoints: 1000) { name steps values times } } }';
  return (await server.query(query, { id: claim.run!.id })).run;
}

const one = (metric: string, steps: unknown[], values: unknown[], times: unknown = 1) => ({
  series: [{ metric, steps, values, times }],
});

test('columns of JSON and blocks of bytes are the same points; both may be sent twice, in any order', async () => {
  const claim = await worker.open();
  const json = { metric: 'loss', steps: [3, 1], values: ['NaN', '-Infinity'], times: [30, 10] };
  const points = [
    { metric: 'loss', step: 2, value: -0, time: 20 },
    { metric: 'loss', step: 3, value: Number.NaN, time: 30 },
    { metric: 'größe', step: 0.5, value: Infinity, time: 5 },
  ];
  const block = packBatch(columnsOf(points));
  for (let i = 0; i < 2; i++) {
    expect(await send(claim, { series: [json, json] })).toEqual({ status: 200, points: 4 });
    expect(await send(claim, block)).toEqual({ status: 200, points: 3 });
  }
  expect((await stored(claim)).series).toEqual([
    { name: 'größe', steps: [0.5], values: ['Infinity'], times: [5] },
    { name: 'loss', steps: [1, 2, 3], values: ['-Infinity', 0, 'NaN'], times: [10, 20, 30] },
  ]);
  expect((await stored(claim)).metrics[1]).toEqual({ name: 'loss', count: 3, last: 'NaN' });
});

test('a step that comes again with another value or time is another point, as in MLflow; the last is the greatest', async () => {
  const claim = await worker.open();
  await send(claim, one('loss', [7, 7, 7], [1, 3, 2], [5, 5, 4]));
  await send(claim, one('loss', [6], [9], [99]));
  const { series, metrics } = await stored(claim);
  expect(series[0]).toMatchObject({ steps: [6, 7, 7, 7], values: [9, 2, 1, 3], times: [99, 4, 5, 5] });
  expect(metrics[0]).toEqual({ name: 'loss', count: 4, last: 3 });
});

const long = 'x'.repeat(10_000);
const wrong: [string, unknown, number, string][] = [
  ['a text as value', one('loss', [1], ['nan']), 422, 'series[0].values[0]'],
  ['NaN as step', one('loss', ['NaN'], [1]), 422, 'series[0].steps[0]'],
  ['no number as step', one('loss', [null], [1]), 422, 'series[0].steps[0]'],
  ['columns of different lengths', one('loss', [1, 2], [1]), 422, 'series[0].values'],
  ['no times', { series: [{ metric: 'loss', steps: [1], values: [1] }] }, 422, 'series[0].times'],
  ['a metric name of 10,000 characters', one(long, [1], [1]), 422, 'series[0].metric'],
  ['an empty metric name', one('', [1], [1]), 422, 'series[0].metric'],
  ['no list of series', { series: 3 }, 422, 'series'],
  ['a list', [], 422, 'body'],
  ['a million points', one('loss', Array(1e6).fill(1), Array(1e6).fill(1)), 413, 'points'],
];
test.each(wrong)(
  '%s is refused, in words that name the field; nothing is stored',
  async (_, body, status, field) => {
    const claim = await worker.open();
    const answer = await send(claim, body);
    expect(answer).toMatchObject({ status, error: { problems: [{ field }] } });
    expect(JSON.stringify(answer).length).toBeLessThan(1000);
    expect((await stored(claim)).metrics).toEqual([]);
  },
);

test('a block with an infinite step, a damaged one and one that is cut off are refused', async () => {
  const claim = await worker.open();
  const block = packBatch(columnsOf([{ metric: 'loss', step: Number.NaN, value: 1, time: 1 }]));
  expect(await send(claim, block)).toMatchObject({
    status: 422,
    error: { problems: [{ field: 'series[0].steps[0]', message: 'found NaN, expected a finite number' }] },
  });
  for (const bad of [
    block.subarray(0, -1),
    block.subarray(0, 11),
    Buffer.from('no block'),
    Buffer.alloc(0),
  ]) {
    expect(await send(claim, bad)).toMatchObject({ status: 422, error: { code: 'INVALID_INPUT' } });
  }
  expect((await stored(claim)).metrics).toEqual([]);
});

test('gzip is read; a bomb of it, JSON that is none, unknown runs and lost leases have their codes', async () => {
  const claim = await worker.open();
  const zipped = gzipSync(packBatch(columnsOf([{ metric: 'loss', step: 1, value: 1, time: 1 }])));
  expect(await send(claim, zipped, { 'content-encoding': 'gzip' })).toEqual({ status: 200, points: 1 });
  const bomb = gzipSync(Buffer.alloc(40 * 2 ** 20));
  expect(await send(claim, bomb, { 'content-encoding': 'gzip' })).toMatchObject({ status: 413 });
  expect(await send(claim, Buffer.from('{'), { 'content-type': JSON_TYPE })).toMatchObject({ status: 422 });
  expect(await send({ ...claim, run: { id: 'run_none' } }, one('loss', [1], [1]))).toMatchObject({
    status: 404,
  });
  expect(await send({ ...claim, leaseToken: 9 }, one('loss', [1], [1]))).toMatchObject({ status: 409 });
});

test('a body that stops half-way stores nothing, and the server goes on', async () => {
  const claim = await worker.open();
  const text = JSON.stringify(one('loss', [1, 2, 3], [1, 2, 3]));
  const url = `${server.url}/api/runs/${claim.run!.id}/points?leaseToken=1`;
  await new Promise<void>((resolve) => {
    const headers = { 'content-type': JSON_TYPE, 'content-length': text.length };
    const sending = request(url, { method: 'POST', headers }).on('error', () => resolve());
    sending.write(text.slice(0, 30), () => sending.destroy());
  });
  expect((await stored(claim)).metrics).toEqual([]);
  expect(await send(claim, one('loss', [1], [1]))).toEqual({ status: 200, points: 1 });
});

test('what many clients send at once is all there when they are answered', async () => {
  const claims = await Promise.all([worker.open(), worker.open()]);
  const sent = Array.from({ length: 60 }, (_, i) => send(claims[i % 2]!, one('loss', [i], [i], i)));
  expect((await Promise.all(sent)).every(({ status }) => status === 200)).toBe(true);
  for (const claim of claims) expect((await stored(claim)).metrics).toMatchObject([{ count: 30 }]);
});

test('points that were acknowledged but not merged when the server ended are there when it starts again', async () => {
  const claim = await worker.open();
  await send(claim, one('loss', [1, 2], [1, 2]));
  await server.restart();
  expect((await stored(claim)).series).toMatchObject([{ steps: [1, 2], values: [1, 2] }]);
});
