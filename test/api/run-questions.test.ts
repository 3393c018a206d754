import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { metricToJson } from '../../src/core/metric-value.js';
import { RunQueryService } from '../../src/runs/run-query.service.js';
import { type Filter, filters, type ModelRun, orderPaths, passes, recordRuns, worth } from './run-model.js';
import { type RequestError, startTestServer, type TestServer } from './test-server.js';

let server: TestServer;
let runs: ModelRun[];

beforeAll(async () => {
  RunQueryService.walks = [4, 16];
  server = await startTestServer();
  runs = await recordRuns(server, 40, 'world');
});
afterAll(() => server.close());

const refusal = async (work: Promise<unknown>) => (await work.catch((error) => error)) as RequestError;

async function page(args: { filter?: Filter; orderBy?: unknown; first?: number; after?: string | null }) {
  const query = `query ($filter: RunFilter, $orderBy: [OrderBy!], $first: Int! = 100, $after: String) {
    runs(filter: $filter, orderBy: $orderBy, first: $first, after: $after) { total next items { id } } }`;
  const { runs: found } = await server.query(query, args);
  return { ...found, ids: found.items.map(({ id }: { id: string }) => id) as string[] };
}

describe('filters and orders against a naive model', () => {
  test('any filter lets through what its words say', async () => {
    const check = async (filter: Filter) => {
      const { total, ids } = await page({ filter, orderBy: [{ path: 'id' }] });
      const expected = runs.filter((run) => passes(run, filter)).map(({ id }) => id);
      expect(ids).toEqual(expected.sort());
      expect(total).toBe(expected.length);
    };
    await fc.assert(fc.asyncProperty(filters, check), { numRuns: 120, seed: 11, endOnFailure: true });
  });

  test('any order is total: its pages put together are each run once, finite numbers in order first', async () => {
    const check = async (path: string, direction: string, filter: Filter) => {
      const orderBy = [{ path, direction }];
      let [joined, after] = [[] as string[], null as string | null];
      do {
        const { ids, next } = await page({ filter, orderBy, first: 7, after });
        joined = joined.concat(ids);
        after = next;
      } while (after !== null);
      expect([...joined].sort()).toEqual(
        runs
          .filter((run) => passes(run, filter))
          .map(({ id }) => id)
          .sort(),
      );
      const values = joined.map((id) => worth(runs.find((run) => run.id === id)!, path));
      const numbers = values.filter((value): value is number => Number.isFinite(value));
      expect(values.slice(0, numbers.length)).toEqual(numbers);
      expect(numbers).toEqual([...numbers].sort((a, b) => (direction === 'asc' ? a - b : b - a)));
      const firstAbsent = values.indexOf(undefined);
      if (firstAbsent >= 0)
        expect(values.slice(firstAbsent).every((value) => value === undefined)).toBe(true);
    };
    const directions = fc.constantFrom('asc', 'desc');
    await fc.assert(fc.asyncProperty(orderPaths, directions, filters, check), {
      numRuns: 20,
      seed: 12,
      endOnFailure: true,
    });
  });

  test('what a run does not have does not hold, so that NOT of it does', async () => {
    for (const not of [{ sweepId: 'sweep_x' }, { datasetHash: 'x' }, { asOf: '2000-01-01T00:00:00Z' }])
      expect((await page({ filter: { not } as Filter })).total).toBe(runs.length);
  });

  test('what cannot be asked is refused with its place', async () => {
    const deep = Array.from({ length: 12 }).reduce<Filter>((not) => ({ not }), {});
    expect((await refusal(page({ filter: deep }))).message).toContain('filters within each other');
    const inner = { or: [{}, { where: [{ path: 'nonsense', op: 'eq', value: 1 }] }] };
    expect((await refusal(page({ filter: inner }))).problems[0]!.field).toBe('filter.or[1].where[0].path');
    const trash = { not: { deleted: true } } as Filter;
    expect((await refusal(page({ filter: trash }))).problems[0]!.field).toBe('filter.not.deleted');
    const asOf = { asOf: 'yesterday' } as Filter;
    expect((await refusal(page({ filter: asOf }))).message).toContain('expected a time like');
  });
});

describe('groups and facets over all members', () => {
  const GROUPS = `query ($by: [String!]!, $values: [String!]!, $orderBy: String, $first: Int! = 100, $confidence: Float! = 0.95) {
    runGroups(by: $by, values: $values, orderBy: $orderBy, first: $first, confidence: $confidence) {
      total items { key runs values { path n notFinite absent mean deviation low high min max } } } }`;

  test('each group has its members, their mean, deviation and interval', async () => {
    const args = {
      by: ['config.lora.rank', 'config.mixed'],
      values: ['metric.loss', 'config.optimizer.rate'],
    };
    const { runGroups } = await server.query(GROUPS, args);
    const keys = new Set(runs.map((run) => JSON.stringify(args.by.map((path) => worth(run, path) ?? null))));
    expect(runGroups.total).toBe(keys.size);
    expect(runGroups.items.reduce((sum: number, { runs: n }: { runs: number }) => sum + n, 0)).toBe(
      runs.length,
    );
    for (const { key, runs: n, values } of runGroups.items) {
      const members = runs.filter((run) => args.by.every((path, i) => (worth(run, path) ?? null) === key[i]));
      expect(n).toBe(members.length);
      for (const [i, path] of args.values.entries()) expect(values[i]).toMatchObject(naive(members, path));
    }
  });

  test('a list is a value, and groups are ordered by a mean when asked', async () => {
    const { runGroups } = await server.query(GROUPS, {
      by: ['config.lora.targets'],
      values: ['metric.accuracy'],
    });
    expect(runGroups.items.map(({ key }: { key: unknown }) => key)).toEqual([[['q', 'v']], [['q']]]);
    const args = { by: ['name'], values: ['metric.accuracy'], orderBy: 'metric.accuracy', first: 5 };
    const ordered = (await server.query(GROUPS, args)).runGroups;
    expect(ordered.total).toBe(runs.length);
    const means = ordered.items.map(({ values }: { values: { mean: number }[] }) => values[0]!.mean);
    const all = runs
      .map((run) => worth(run, 'metric.accuracy') as number)
      .filter((value) => value !== undefined);
    expect(means).toEqual(all.sort((a, b) => a - b).slice(0, 5));
  });

  test('facets count every value', async () => {
    const query =
      '{ runFacets(paths: ["config.mixed", "metric.loss"], first: 3) { path values { value runs } distinct absent min max } }';
    const [mixed, loss] = (await server.query(query)).runFacets;
    const count = (value: unknown) => runs.filter((run) => worth(run, 'config.mixed') === value).length;
    for (const { value, runs: n } of mixed.values) expect(n).toBe(count(value));
    expect(mixed).toMatchObject({ distinct: 3, absent: count(undefined) });
    const values = runs
      .map((run) => worth(run, 'metric.loss') as number)
      .filter((v) => v !== undefined && !Number.isNaN(v));
    expect(loss).toMatchObject({ min: String(Math.min(...values)), max: String(Math.max(...values)) });
  });

  test.each([
    [{ by: [], values: [] }, 'by'],
    [{ by: ['nonsense'], values: [] }, 'by[0]'],
    [{ by: ['name'], values: ['metric.'] }, 'values[0]'],
    [{ by: ['name'], values: [], confidence: 1 }, 'confidence'],
    [{ by: ['name'], values: [], orderBy: 'name' }, 'orderBy'],
  ])('%j is refused', async (args, field) => {
    expect((await refusal(server.query(GROUPS, args))).problems[0]!.field).toBe(field);
  });
});

/** Two passes over the values, as a statistics book has it. */
function naive(members: ModelRun[], path: string) {
  const values = members.map((run) => worth(run, path) as number | undefined);
  const finite = values.filter((value): value is number => Number.isFinite(value));
  const n = finite.length;
  const mean = finite.reduce((sum, value) => sum + value, 0) / n;
  const deviation = Math.sqrt(finite.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (n - 1));
  const absent = values.filter((value) => value === undefined).length;
  return {
    ...{ path, n, absent, notFinite: values.length - absent - n },
    mean: n === 0 ? null : expect.closeTo(mean, 12),
    deviation: n < 2 ? null : expect.closeTo(deviation, 12),
  };
}

describe('bulk doors', () => {
  const FIELDS = [
    'id',
    'config.lora.rank',
    'config.lora.targets',
    'config.optimizer.name',
    'config.mixed',
    'tag.team',
  ];
  const METRICS = ['metric.loss', 'metric.loss:at(3)', 'metric.accuracy'];
  const filter = { project: 'world', where: [{ path: 'config.lora.rank', op: 'ge', value: 2 }] };
  const ask = (door: string, question: unknown) =>
    fetch(`${server.url}/api/${door}?q=${encodeURIComponent(JSON.stringify(question))}`);
  const members = () => runs.filter((run) => passes(run, filter)).sort((a, b) => (a.id < b.id ? -1 : 1));

  test('a table of runs as Arrow: every value as it is, NaN a value and absence none', async () => {
    const answer = await ask('runs.arrow', { filter, fields: [...FIELDS, ...METRICS] });
    expect(answer.headers.get('content-type')).toBe('application/vnd.apache.arrow.stream');
    const table = tableFromIPC(new Uint8Array(await answer.arrayBuffer()));
    expect(table.schema.fields.map(({ type }) => String(type))).toEqual([
      ...['Utf8', 'Float64', 'Utf8', 'Utf8', 'Utf8', 'Utf8', 'Float64', 'Float64', 'Float64'],
    ]);
    const rows = members().map((run) => [...FIELDS, ...METRICS].map((path) => tableCell(run, path)));
    expect(table.toArray().map((row) => [...FIELDS, ...METRICS].map((path) => row[path]))).toEqual(rows);
  });

  test('the same as CSV, asked for by POST', async () => {
    const body = JSON.stringify({ filter, fields: ['name', 'config.optimizer.name', 'metric.loss'] });
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(`${server.url}/api/runs.csv`, { method: 'POST', headers, body });
    const lines = members().map((run) => {
      const [optimizer, loss] = [worth(run, 'config.optimizer.name'), worth(run, 'metric.loss')];
      return `${run.name},${optimizer === '' ? '""' : (optimizer ?? '')},${loss ?? ''}`;
    });
    const rows = (await answer.text()).split('\r\n');
    expect(rows.shift()).toBe('name,config.optimizer.name,metric.loss');
    expect(rows).toEqual([...lines, '']);
  });

  test('without fields: all columns; no runs: the columns alone', async () => {
    const all = tableFromIPC(new Uint8Array(await (await ask('runs.arrow', {})).arrayBuffer()));
    const names = all.schema.fields.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['state', 'config.optimizer.rate', 'metric.loss:last']));
    expect(all.numRows).toBe(runs.length);
    const none = await ask('runs.arrow', { filter: { text: 'nobody' }, fields: ['name'] });
    const empty = tableFromIPC(new Uint8Array(await none.arrayBuffer()));
    expect([empty.numRows, empty.schema.fields.length]).toEqual([0, 1]);
  });

  test('all points of all series, of a range of steps, and bucketed', async () => {
    const points = async (question: object) =>
      tableFromIPC(new Uint8Array(await (await ask('series.arrow', question)).arrayBuffer())).toArray();
    const expected = members().flatMap(({ id, points: logged }) =>
      [...logged]
        .sort((a, b) => (a.metric < b.metric ? -1 : a.metric > b.metric ? 1 : 0))
        .map((p) => ({ run: id, ...p })),
    );
    const exact = await points({ filter });
    expect(exact.map(({ run, metric, step, value }) => ({ run, metric, step, value }))).toEqual(expected);
    const ranged = await points({ filter, names: ['loss'], fromStep: 2, toStep: 3 });
    expect(ranged.map(({ step }) => step)).toEqual(
      expected
        .filter(({ metric, step }) => metric === 'loss' && step >= 2 && step <= 3)
        .map(({ step }) => step),
    );
    const bucketed = await points({ filter, names: ['loss'], maxPoints: 2 });
    expect(bucketed.every(({ exact: isExact }) => isExact === false)).toBe(true);
    expect(bucketed.reduce((sum, { count }) => sum + count, 0)).toBe(
      expected.filter(({ metric }) => metric === 'loss').length,
    );
    const csv = (await (await ask('series.csv', { filter, names: ['loss'] })).text()).split('\r\n');
    expect(csv[0]).toBe('run,metric,step,value,time');
    expect(csv).toHaveLength(2 + expected.filter(({ metric }) => metric === 'loss').length);
  });

  test.each([
    ['runs.arrow', { fields: ['nonsense'] }, 'fields[0]'],
    ['runs.csv', { filter: { where: [{ path: 'name', op: 'like', value: 1 }] } }, 'filter.where[0].op'],
    [
      'runs.csv',
      { filter: { or: [{ where: [{ path: 'name', op: 'lt', value: null }] }] } },
      'filter.or[0].where[0].value',
    ],
    ['series.arrow', { maxPoints: 0 }, 'maxPoints'],
    ['series.csv', { name: 'loss' }, 'q'],
  ])('%s refuses %j before it sends a byte', async (door, question, field) => {
    const answer = await ask(door, question);
    const { error } = (await answer.json()) as { error: { code: string; problems: { field: string }[] } };
    expect([answer.status, error.code, error.problems[0]!.field]).toEqual([422, 'INVALID_INPUT', field]);
  });
});

/** What a column holds of a run: lists, and what has several types, as JSON. */
function tableCell(run: ModelRun, path: string): unknown {
  const value = worth(run, path);
  if (value === undefined) return null;
  return path === 'config.mixed' || Array.isArray(value) ? JSON.stringify(value) : value;
}

describe('series', () => {
  const QUERY = `query ($filter: RunFilter, $maxPoints: Int!, $fromStep: Float, $toStep: Float) { runs(filter: $filter, first: 100) { items { id
    series(names: ["loss"], maxPoints: $maxPoints, fromStep: $fromStep, toStep: $toStep) {
      name count exact steps values minimums maximums fromSteps counts nanCounts means } } } }`;
  const seriesOf = async (args: Record<string, unknown>) => {
    const { items } = (await server.query(QUERY, args)).runs;
    return new Map(items.map(({ id, series }: { id: string; series: unknown[] }) => [id, series[0]]));
  };
  const logged = (run: ModelRun) => run.points.filter(({ metric }) => metric === 'loss');
  const mean = (values: number[]) => {
    const numbers = values.filter((value) => !Number.isNaN(value));
    return metricToJson(numbers.reduce((sum, value) => sum + value, 0) / numbers.length);
  };

  test('of many runs in one request: exact, and of a range of steps', async () => {
    const [all, some] = [
      await seriesOf({ maxPoints: 5 }),
      await seriesOf({ maxPoints: 5, fromStep: 2, toStep: 9 }),
    ];
    for (const run of runs.filter((one) => logged(one).length > 0)) {
      const values = (points: ModelRun['points']) => points.map(({ value }) => metricToJson(value));
      const within = logged(run).filter(({ step }) => step >= 2 && step <= 9);
      expect(all.get(run.id)).toMatchObject({
        exact: true,
        count: 5,
        values: values(logged(run)),
        counts: null,
      });
      expect(some.get(run.id)).toMatchObject({ exact: true, count: 2, values: values(within) });
    }
  });

  test('as buckets, each with its bounds and of every point in it', async () => {
    const buckets = await seriesOf({ maxPoints: 1 });
    for (const run of runs.filter((one) => logged(one).length > 0)) {
      const values = logged(run).map(({ value }) => value);
      const nans = values.filter(Number.isNaN).length;
      const bounds = { exact: false, count: 5, fromSteps: [1], steps: [10], counts: [5], nanCounts: [nans] };
      expect(buckets.get(run.id)).toMatchObject({ ...bounds, means: [mean(values)] });
    }
  });
});

describe('a comparison', () => {
  test('shows what differs first, then what is equal, of every run', async () => {
    const [one, two, three] = runs as [ModelRun, ModelRun, ModelRun];
    const query =
      'query ($ids: [ID!]!) { compareRuns(ids: $ids) { runs { id } paths { path values differs } } }';
    const { compareRuns } = await server.query(query, { ids: [one.id, two.id, three.id] });
    expect(compareRuns.runs).toEqual([one, two, three].map(({ id }) => ({ id })));
    const { paths } = compareRuns as { paths: { path: string; values: unknown[]; differs: boolean }[] };
    expect(paths.map(({ differs }) => differs)).toEqual(
      paths
        .map(({ differs }) => differs)
        .sort()
        .reverse(),
    );
    const checked = paths.filter(({ path }) => /^(config|tag|metric)/.test(path));
    expect(checked.length).toBeGreaterThan(3);
    for (const { path, values, differs } of checked) {
      const expected = [one, two, three].map((run) => worth(run, path) ?? null);
      expect(values).toEqual(
        expected.map((value) => (typeof value === 'number' ? metricToJson(value) : value)),
      );
      expect(differs).toBe(new Set(values.map((value) => JSON.stringify(value))).size > 1);
    }
    expect((await refusal(server.query(query, { ids: [one.id] }))).problems[0]!.field).toBe('ids');
    expect((await refusal(server.query(query, { ids: [one.id, 'run_none'] }))).code).toBe('NOT_FOUND');
  });
});

test('asOf: the same question has the same answer while other runs go on', async () => {
  const asOf = new Date(server.clock.now()).toISOString();
  const ask = () => server.query(`{ runs(filter: {asOf: "${asOf}"}) { total items { id state summary } } }`);
  const before = await ask();
  expect(before.runs.total).toBe(runs.length);
  server.clock.advance(1000);
  await recordRuns(server, 2, 'later');
  expect(await ask()).toEqual(before);
  expect((await page({})).total).toBe(runs.length + 2);
});
