import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RequestError, startTestServer, type TestServer } from './test-server.js';
import { type Claim, type Point, point, TestWorker } from './test-worker.js';

let server: TestServer;
let worker: TestWorker;
beforeAll(async () => {
  server = await startTestServer();
  worker = await TestWorker.register(server);
});
afterAll(() => server.close());

async function series(claim: Claim, maxPoints = 1000, names?: string[]) {
  const query = `query ($id: ID!, $maxPoints: Int!, $names: [String!]) { run(id: $id) { summary metricNames
    metrics { name count last lastStep min max nanCount }
    series(maxPoints: $maxPoints, names: $names) { name count exact steps values times minimums maximums } } }`;
  return (await server.query(query, { id: claim.run!.id, maxPoints, names })).run;
}

test('NaN and the infinities come back as they went in, and the summary keeps them apart', async () => {
  const claim = await worker.open();
  const values = [1.5, 'NaN', 'Infinity', -0.25, '-Infinity', 1e-320, 'NaN'];
  await worker.report(
    claim,
    1,
    values.map((value, i) => point('loss', i, value)),
  );
  const run = await series(claim);
  expect(run.series[0]).toEqual({
    ...{ name: 'loss', count: 7, exact: true, minimums: null, maximums: null },
    ...{ steps: [0, 1, 2, 3, 4, 5, 6], values, times: values.map((_, i) => 1_700_000_000_000 + i) },
  });
  expect(run.metrics).toEqual([
    { name: 'loss', count: 7, last: 'NaN', lastStep: 6, min: '-Infinity', max: 'Infinity', nanCount: 2 },
  ]);
  expect(run.summary).toEqual({ metrics: { loss: 'NaN' }, facts: {} });
});

test('a value that is no number is refused with a sentence', async () => {
  const claim = await worker.open();
  const refused = (await worker.report(claim, 1, [point('loss', 1, 'nan')]).catch((e) => e)) as RequestError;
  expect(refused.code).toBe('INVALID_INPUT');
  expect(refused.message).toContain('"nan"');
});

test('a batch delivered twice is stored once; all of a batch or nothing', async () => {
  const claim = await worker.open();
  await worker.report(claim, 1, [point('loss', 1, 3), point('rate', 1, 0.1)]);
  expect(await worker.report(claim, 1, [point('loss', 1, 3), point('rate', 1, 0.1)])).toMatchObject({
    accepted: true,
  });
  await worker.report(claim, 3, [point('loss', 3, 1)]);
  expect((await worker.report(claim, 2, [point('loss', 2, 2)])).accepted).toBe(true);
  await expect(worker.report(claim, 4, [point('loss', 4, 1), point('', 4, 1)])).rejects.toThrow(
    /points\[1\]\.metric/,
  );
  const run = await series(claim);
  expect(run.series.map(({ name, steps }: { name: string; steps: number[] }) => [name, steps])).toEqual([
    ['loss', [1, 3]],
    ['rate', [1]],
  ]);
  expect(run.metricNames).toEqual(['loss', 'rate']);
});

test('points cross chunk borders in every way of cutting them into batches', async () => {
  const points = Array.from({ length: 3500 }, (_, i) => point('loss', i + 1, Math.sin(i)));
  for (const sizes of [[3500], [999, 1, 1, 1499, 1000], [1000, 1000, 1500]]) {
    const claim = await worker.open();
    let at = 0;
    for (const [i, size] of sizes.entries()) {
      await worker.report(claim, i + 1, points.slice(at, at + size));
      at += size;
    }
    const [exact] = (await series(claim, 3500)).series;
    expect(exact).toMatchObject({ count: 3500, exact: true });
    expect(exact.steps).toEqual(points.map(({ step }) => step));
    expect(exact.values).toEqual(points.map(({ value }) => value));
  }
});

test('a long series is cut into buckets that keep its extremes', async () => {
  const claim = await worker.open();
  const points: Point[] = Array.from({ length: 5000 }, (_, i) => point('loss', i, 1));
  points[1234] = point('loss', 1234, 100);
  points[2345] = point('loss', 2345, -100);
  await worker.report(claim, 1, points);
  const [bucketed] = (await series(claim, 50)).series;
  expect(bucketed).toMatchObject({ count: 5000, exact: false });
  expect(bucketed.steps).toHaveLength(50);
  expect(Math.max(...bucketed.maximums)).toBe(100);
  expect(Math.min(...bucketed.minimums)).toBe(-100);
  expect(bucketed.steps.at(-1)).toBe(4999);
  await expect(series(claim, 0)).rejects.toThrow(/maxPoints: found 0/);
});

test('only the series that were asked for', async () => {
  const claim = await worker.open();
  await worker.report(
    claim,
    1,
    ['a', 'b', "c'; DROP TABLE run; --"].map((name) => point(name, 1, 1)),
  );
  const names = (await series(claim, 10, ['b', "c'; DROP TABLE run; --", 'no such'])).series.map(
    ({ name }: { name: string }) => name,
  );
  expect(names).toEqual(['b', "c'; DROP TABLE run; --"]);
});

test('the last lines of the log, oldest first', async () => {
  const claim = await worker.open();
  await worker.report(claim, 1, [], ['one', 'two']);
  await worker.report(claim, 2, [], []);
  await worker.report(claim, 3, [], ['three']);
  const query = 'query ($id: ID!, $n: Int!) { run(id: $id) { log(lastLines: $n) } }';
  const log = async (n: number) => (await server.query(query, { id: claim.run!.id, n })).run.log;
  expect(await log(200)).toEqual(['one', 'two', 'three']);
  expect(await log(2)).toEqual(['two', 'three']);
});
