import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import 'reflect-metadata';
import type { Store } from '../../src/access/store.js';
import { openStore } from '../../src/data-source.js';
import { mergeLog } from '../../src/runs/metric-merge.js';
import { MetricMergeService } from '../../src/runs/metric-merge.service.js';
import { exactPoints, pointsOrBuckets } from '../../src/runs/metric-reader.js';
import { MetricSeries } from '../../src/runs/metric-series.entity.js';
import { insertLog, readHeaders } from '../../src/runs/metric-tables.js';
import { packBatch } from '../../src/runs/point-batch.js';
import { columnsOf, type Point } from '../../src/runs/point-columns.js';
import { createTestDatabase, type TestDatabase } from '../api/test-database.js';

jest.setTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'ranksweep-merge-'));
let database: TestDatabase | null;
let store: Store;
let runs = 0;
beforeAll(async () => {
  database = await createTestDatabase();
  store = await openStore(folder, database?.url);
});
afterAll(async () => {
  await store.close();
  await database?.drop();
  rmSync(folder, { recursive: true });
});

async function log(runId: string, points: Point[]): Promise<void> {
  const row = { runId, points: points.length, data: packBatch(columnsOf(points)) };
  await store.write((tx) => insertLog(tx, [row]));
}

/** What a list of points is as a set in order: the independent, slow answer. */
function naive(points: Point[]): Point[] {
  const sign = (x: number) => (Object.is(x, -0) ? -1 : 0);
  const before = (a: number, b: number) =>
    Number.isNaN(a) || Number.isNaN(b)
      ? Number(Number.isNaN(b)) - Number(Number.isNaN(a))
      : a === b
        ? sign(a) - sign(b)
        : a < b
          ? -1
          : 1;
  const sorted = [...points].sort((a, b) => a.step - b.step || a.time - b.time || before(a.value, b.value));
  return sorted.filter(
    ({ step, time, value }, i) =>
      i === 0 ||
      !(
        sorted[i - 1]!.step === step &&
        sorted[i - 1]!.time === time &&
        Object.is(sorted[i - 1]!.value, value)
      ),
  );
}

async function stored(runId: string, range?: { from: number; to: number }): Promise<Point[]> {
  const { steps, values, times } = await exactPoints(store.read, runId, 'loss', range);
  return [...steps].map((step, i) => ({ metric: 'loss', step, value: values[i]!, time: times[i]! }));
}

const value = fc.oneof(
  fc.constantFrom(Number.NaN, Infinity, -Infinity, -0, 0, 1, 2),
  fc.double({ noNaN: true }),
);
/** A batch: a stretch of steps, in order or not, long or short, perhaps delivered before. */
const stretch = fc.record({
  from: fc.integer({ min: 0, max: 9000 }),
  length: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 1, max: 6000 })),
  stride: fc.constantFrom(0, 1, 1, 1, 2, -1),
  values: fc.array(value, { minLength: 1, maxLength: 5 }),
  shift: fc.constantFrom(0, 0, 1),
  merge: fc.boolean(),
});
type Stretch = typeof stretch extends fc.Arbitrary<infer T> ? T : never;

function pointsOf({ from, length, stride, values, shift }: Stretch): Point[] {
  return Array.from({ length }, (_, i) => ({
    metric: 'loss',
    step: from + stride * i,
    value: values[i % values.length]!,
    time: 1000 + Math.floor(i / 2) + shift,
  }));
}

test('whatever comes in whatever order, twice or late, the series is the set of its points, and its summary is true', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(stretch, { minLength: 1, maxLength: 6 }), async (stretches) => {
      const runId = `run_${runs++}`;
      for (const one of stretches) {
        await log(runId, pointsOf(one));
        if (one.merge) await store.write((tx) => mergeLog(tx, 1e6));
      }
      while (await store.write((tx) => mergeLog(tx, 5000)));
      const expected = naive(stretches.flatMap(pointsOf));
      expectSame(await stored(runId), expected);
      await checkSummary(runId, expected);
      await checkChunks(runId, expected.length);
      await checkRange(runId, expected);
      await checkBuckets(runId, expected);
    }),
    { numRuns: 12 },
  );
});

/** toEqual takes seconds for thousands of objects. */
function expectSame(points: Point[], expected: Point[]): void {
  const differs = expected.findIndex(
    (one, i) => !(['step', 'value', 'time'] as const).every((key) => Object.is(points[i]?.[key], one[key])),
  );
  expect(differs === -1 ? null : points[differs]).toEqual(differs === -1 ? null : expected[differs]);
  expect(points.length).toBe(expected.length);
}

async function checkSummary(runId: string, points: Point[]): Promise<void> {
  const summary = await store.read.findOneByOrFail(MetricSeries, { runId, name: 'loss' });
  const numbers = points.map((p) => p.value).filter((v) => !Number.isNaN(v));
  const finite = numbers.filter(Number.isFinite);
  const extreme = (of: (...v: number[]) => number, values: number[]) =>
    values.length === 0 ? null : values.reduce((a, b) => of(a, b)) + 0;
  expect({
    ...summary,
    min: plus0(summary.min),
    max: plus0(summary.max),
    last: plus0(summary.last),
  }).toMatchObject({
    count: points.length,
    nanCount: points.length - numbers.length,
    last: plus0(points.at(-1)!.value),
    lastStep: points.at(-1)!.step,
    lastTime: points.at(-1)!.time,
    firstStep: points[0]!.step,
    min: extreme(Math.min, numbers),
    max: extreme(Math.max, numbers),
    finiteMin: extreme(Math.min, finite),
    finiteMax: extreme(Math.max, finite),
  });
}

/** SQL knows one zero only. */
function plus0(value: number | null): number | null {
  return value === null ? null : value + 0;
}

async function checkChunks(runId: string, count: number): Promise<void> {
  const headers = await readHeaders(store.read, runId, 'loss');
  expect(headers.reduce((sum, header) => sum + header.count, 0)).toBe(count);
  for (const header of headers) expect(header.count).toBeLessThanOrEqual(4096);
  const small = headers.filter((header) => header.count < 256);
  expect(small.length).toBeLessThanOrEqual(2);
}

async function checkRange(runId: string, points: Point[]): Promise<void> {
  const range = { from: points[0]!.step + 100, to: points[0]!.step + 4321 };
  const inside = points.filter(({ step }) => step >= range.from && step <= range.to);
  expectSame(await stored(runId, range), inside);
}

async function checkBuckets(runId: string, points: Point[]): Promise<void> {
  const range = { from: points[0]!.step + 50, to: points.at(-1)!.step - 50 };
  for (const limits of [undefined, range]) {
    const all = points.filter(({ step }) => !limits || (step >= limits.from && step <= limits.to));
    const answer = await pointsOrBuckets(store.read, runId, 'loss', 20, limits);
    expect(answer.count).toBe(all.length);
    expect(answer.exact).toBe(all.length <= 20);
    if (answer.exact) continue;
    let from = 0;
    for (const [b, count] of [...answer.buckets.counts].entries()) {
      const own = all.slice(from, from + count);
      const numbers = own.map((p) => p.value).filter((v) => !Number.isNaN(v));
      expect(answer.buckets.firsts[b]).toBe(own[0]!.value);
      expect(answer.buckets.values[b]).toBe(own.at(-1)!.value);
      expect(answer.buckets.steps[b]).toBe(own.at(-1)!.step);
      expect(answer.buckets.nanCounts[b]).toBe(own.length - numbers.length);
      if (numbers.length > 0) expect(answer.buckets.minimums[b]! + 0).toBe(Math.min(...numbers) + 0);
      if (numbers.length > 0) expect(answer.buckets.maximums[b]! + 0).toBe(Math.max(...numbers) + 0);
      from += count;
    }
    expect(from).toBe(all.length);
  }
}

test('a hundred thousand points stay one series of full chunks, each point once though all came twice', async () => {
  const runId = `run_${runs++}`;
  const batch = (at: number) =>
    Array.from({ length: 10_000 }, (_, i) => ({
      ...{ metric: 'loss', step: at + i, value: Math.sin(at + i), time: 1e12 + at + i },
    }));
  for (let at = 0; at < 100_000; at += 10_000) await log(runId, batch(at));
  while (await store.write((tx) => mergeLog(tx, 7000)));
  for (let at = 0; at < 100_000; at += 10_000) await log(runId, batch(at));
  while (await store.write((tx) => mergeLog(tx, 7000)));
  const headers = await readHeaders(store.read, runId, 'loss');
  expect(
    headers
      .map(({ count }) => count)
      .sort((a, b) => a - b)
      .slice(1),
  ).toEqual(Array(24).fill(4096));
  expect((await stored(runId)).map(({ step }) => step)).toEqual(Array.from({ length: 100_000 }, (_, i) => i));
});

test('who waits for the points of before does not wait for those that come meanwhile, however fast they come', async () => {
  const runId = `run_${runs++}`;
  const point = (step: number) => ({ metric: 'loss', step, value: step, time: 1 });
  let merges = 0;
  const busy = {
    read: store.read,
    write: async (work: Parameters<Store['write']>[0]) => {
      const result = await store.write(work);
      await log(runId, [point(++merges)]);
      return result;
    },
  };
  await log(runId, [point(0)]);
  await new MetricMergeService(busy as Store).settle();
  expect(merges).toBe(1);
  expect((await stored(runId)).map(({ step }) => step)).toEqual([0]);
});

test('a merge that has begun before is not taken for one of the points of now', async () => {
  const runId = `run_${runs++}`;
  const point = (step: number) => ({ metric: 'loss', step, value: step, time: 1 });
  let answer = () => {};
  const isAnswered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  let committed = () => {};
  const isCommitted = new Promise<void>((resolve) => {
    committed = resolve;
  });
  const slow = {
    read: store.read,
    write: async (work: Parameters<Store['write']>[0]) => {
      const result = await store.write(work);
      committed();
      await isAnswered;
      return result;
    },
  };
  const service = new MetricMergeService(slow as Store);
  await log(runId, [point(0)]);
  const earlier = service.settle();
  await isCommitted;
  await log(runId, [point(1)]);
  const settled = service.settle();
  setTimeout(answer, 20);
  await Promise.all([earlier, settled]);
  expect((await stored(runId)).map(({ step }) => step)).toEqual([0, 1]);
});
