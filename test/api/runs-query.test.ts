import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type RequestError, startTestServer, type TestServer } from './test-server.js';
import { point, TestWorker } from './test-worker.js';

let server: TestServer;
let worker: TestWorker;

/** name → final loss; null: never logged */
const LOSSES: [string, number | string | null][] = [
  ['a', 0.5],
  ['b', 'NaN'],
  ['c', 2],
  ['d', 'Infinity'],
  ['e', null],
  ['f', 0.5],
  ['g', '-Infinity'],
  ['h', -1],
];

beforeAll(async () => {
  server = await startTestServer();
  worker = await TestWorker.register(server);
  for (const [i, [name, loss]] of LOSSES.entries()) {
    server.clock.advance(1000);
    const config = {
      lora: { rank: 2 ** i, targetModules: ['q_proj', 'v_proj'] },
      'it"s': 1,
      flag: i % 2 === 0,
      name: `config ${name}`,
      mixed: i % 3 === 0 ? 'text' : i,
    };
    const claim = await worker.open({ name, config, seed: i, project: i < 4 ? 'left' : 'right_100' });
    if (loss !== null) await worker.report(claim, 1, [point('loss', 1, 7), point('loss', 2, loss)]);
    await worker.finish(claim, i === 3 ? 'failed' : 'finished');
  }
});
afterAll(() => server.close());

async function runs(args: Record<string, unknown>) {
  const query = `query ($filter: RunFilter, $orderBy: [OrderBy!], $first: Int! = 50, $after: String) {
    runs(filter: $filter, orderBy: $orderBy, first: $first, after: $after) { total next items { id name } } }`;
  return (await server.query(query, args)).runs as {
    total: number;
    next: string | null;
    items: { name: string }[];
  };
}
const names = ({ items }: { items: { name: string }[] }) => items.map(({ name }) => name).join('');
const where = async (path: string, op: string, value?: unknown) =>
  names(await runs({ filter: { where: [{ path, op, value }] }, orderBy: [{ path: 'name' }] }));
const refusal = async (work: Promise<unknown>) => (await work.catch((error) => error)) as RequestError;

describe('filters', () => {
  test('numbers of the config compare as numbers, text as text', async () => {
    expect(await where('config.lora.rank', 'eq', 8)).toBe('d');
    expect(await where('config.lora.rank', 'lt', 10)).toBe('abcd');
    expect(await where('config.lora.rank', 'ge', 64)).toBe('gh');
    expect(await where('config.lora.rank', 'gt', '1')).toBe('');
    expect(await where('config.mixed', 'gt', 4)).toBe('fh');
    expect(await where('config.mixed', 'ge', 'text')).toBe('adg');
    expect(await where('config.lora.rank', 'in', [1, 4, 'x'])).toBe('ac');
    expect(await where('config.lora.rank', 'in', [])).toBe('');
    expect(await where('config.flag', 'eq', true)).toBe('aceg');
    expect(await where('config.lora.targetModules[1]', 'eq', 'v_proj')).toBe('abcdefgh');
    expect(await where('config.name', 'contains', 'FIG C')).toBe('c');
    expect(await where('config.name', 'contains', '%')).toBe('');
    expect(await where('config.nothing', 'exists', true)).toBe('');
    expect(await where('config.nothing', 'exists', false)).toBe('abcdefgh');
    expect(await where('config.lora.rank', 'ne', 8)).toBe('abcefgh');
  });

  test('NaN and the infinities match no comparison, and can be asked for by name', async () => {
    expect(await where('metric.loss', 'lt', 1)).toBe('afh');
    expect(await where('metric.loss', 'gt', 1)).toBe('c');
    expect(await where('metric.loss', 'le', 1e308)).toBe('acfh');
    expect(await where('metric.loss', 'eq', 'NaN')).toBe('b');
    expect(await where('metric.loss', 'eq', 'Infinity')).toBe('d');
    expect(await where('metric.loss', 'ne', 0.5)).toBe('bcdgh');
    expect(await where('metric.loss', 'exists', false)).toBe('e');
    expect(await where('metric.loss:max', 'eq', 7)).toBe('abcfgh');
    expect(await where('metric.loss:min', 'lt', 0)).toBe('h');
  });

  test('columns, project, state, text', async () => {
    expect(await where('state', 'eq', 'failed')).toBe('d');
    expect(await where('project', 'eq', 'left')).toBe('abcd');
    expect(await where('project', 'contains', 't_1')).toBe('efgh');
    expect(await where('seed', 'gt', 5)).toBe('gh');
    expect(names(await runs({ filter: { states: ['failed'] } }))).toBe('d');
    expect(names(await runs({ filter: { states: [] } }))).toBe('');
    expect(names(await runs({ filter: { project: 'right_100', states: ['finished'] } }))).toBe('hgfe');
    expect(names(await runs({ filter: { text: 'C' } }))).toBe('c');
    expect((await runs({ filter: { text: 'run_' } })).total).toBe(8);
    expect((await runs({ filter: { text: '%' } })).total).toBe(0);
  });
});

describe('order', () => {
  test('numbers, then infinities, then NaN, then runs without the value, in both directions', async () => {
    const byLoss = async (direction: string) =>
      names(
        await runs({
          orderBy: [
            { path: 'metric.loss', direction },
            { path: 'name', direction: 'desc' },
          ],
        }),
      );
    expect(await byLoss('asc')).toBe('hfacgdbe');
    expect(await byLoss('desc')).toBe('cfahdgbe');
  });

  test('newest first unless something else is said', async () => {
    expect(names(await runs({}))).toBe('hgfedcba');
    expect(names(await runs({ orderBy: [{ path: 'config.mixed' }, { path: 'config.lora.rank' }] }))).toBe(
      'bcefhadg',
    );
  });

  test.each([
    [[]],
    [[{ path: 'metric.loss' }]],
    [[{ path: 'metric.loss', direction: 'desc' }]],
    [[{ path: 'config.mixed' }]],
    [[{ path: 'project' }, { path: 'metric.loss', direction: 'desc' }]],
  ])('pages of every size, put together, are the whole list: %j', async (orderBy) => {
    const whole = names(await runs({ orderBy }));
    expect(whole).toHaveLength(8);
    for (const first of [1, 3, 8]) {
      let [joined, after] = ['', null as string | null];
      do {
        const page = await runs({ orderBy, first, after });
        expect(page.total).toBe(8);
        joined += names(page);
        after = page.next;
      } while (after !== null);
      expect(joined).toBe(whole);
    }
  });

  test('a cursor of another order, or no cursor at all, is refused', async () => {
    const { next } = await runs({ first: 2, orderBy: [{ path: 'name' }] });
    for (const after of [next, 'nonsense', Buffer.from('[1,{}]').toString('base64url')]) {
      const error = await refusal(runs({ first: 2, after }));
      expect([error.code, error.problems[0]!.field]).toEqual(['INVALID_INPUT', 'after']);
    }
  });
});

describe('hostile input', () => {
  const HOSTILE = [
    'config."; DROP TABLE run; --',
    "config.a') OR 1=1 --",
    'config.it"s',
    'config.',
    '.config',
    'metric.',
    'stopRequest',
    'leaseToken',
    'constructor',
    '__proto__',
    'config.a[x]',
    'config.a\u0000b',
    'config.\\',
    `config.${'a.'.repeat(200)}a`,
    'facts',
  ];
  test.each(HOSTILE)('the path %j is refused with what a path may be', async (path) => {
    for (const args of [{ filter: { where: [{ path, op: 'eq', value: 1 }] } }, { orderBy: [{ path }] }]) {
      const error = await refusal(runs(args));
      expect(error.code).toBe('INVALID_INPUT');
      expect(error.message).toContain('expected config.KEY');
    }
  });

  test('SQL in names and values is only text', async () => {
    const sql = "x' OR '1'='1";
    expect(await where(`metric.${sql}`, 'exists', true)).toBe('');
    expect(await where('name', 'eq', sql)).toBe('');
    expect(await where('name', 'contains', "'; DROP TABLE run; --")).toBe('');
    expect(names(await runs({ filter: { project: sql, text: sql } }))).toBe('');
    expect(names(await runs({ orderBy: [{ path: `metric.${sql}` }, { path: 'name' }] }))).toBe('abcdefgh');
    expect((await runs({})).total).toBe(8);
  });

  test.each([
    ['in', 'text', 'takes a list'],
    ['in', [{}], 'takes a list'],
    ['contains', 3, 'takes a string'],
    ['lt', null, 'takes a number or a string'],
    ['eq', { $ne: 1 }, 'expected a string, number or boolean'],
  ])('%s with %j is refused', async (op, value, message) => {
    const error = await refusal(runs({ filter: { where: [{ path: 'name', op, value }] } }));
    expect(error.problems[0]).toMatchObject({
      field: 'filter.where[0].value',
      message: expect.stringContaining(message),
    });
  });

  test('too much at once is refused', async () => {
    expect((await refusal(runs({ first: 1001 }))).message).toContain('allowed are 1 to 1000');
    expect((await refusal(runs({ first: 0 }))).message).toContain('found 0');
    const costly = '{ runs(first: 1000) { items { series(maxPoints: 100000) { values } } } }';
    expect((await refusal(server.query(costly))).code).toBe('TOO_LARGE');
    const variables = { n: 1000, points: 100_000 };
    const hidden = `query ($n: Int!, $points: Int!) { runs(first: $n) { items { ...curves } } }
      fragment curves on Run { series(maxPoints: $points) { values } }`;
    expect((await refusal(server.query(hidden, variables))).code).toBe('TOO_LARGE');
    await server.query(hidden, { n: 2, points: 100_000 });
    const circle = `{ __schema { types { fields { type { fields { type { fields { type { fields { type { fields { name }
      } } } } } } } } } } }`;
    expect((await refusal(server.query(circle))).code).toBe('INVALID_INPUT');
    const many = `{ ${Array.from({ length: 3000 }, (_, i) => `a${i}: __typename`).join(' ')} }`;
    expect((await refusal(server.query(many))).code).toBe('INVALID_INPUT');
  });
});

test('the columns that there are', async () => {
  const query = 'query ($filter: RunFilter) { runKeys(filter: $filter) { configPaths metricNames } }';
  const { runKeys } = await server.query(query, { filter: { project: 'left' } });
  expect(runKeys).toEqual({
    configPaths: ['flag', 'it"s', 'lora.rank', 'lora.targetModules', 'mixed', 'name'],
    metricNames: ['loss'],
  });
});

test('a run by the beginning of its ID', async () => {
  const find = async (id: string) =>
    (await server.query('query ($id: ID!) { run(id: $id) { id } }', { id })).run;
  const [{ id }] = (await runs({ first: 1 })).items as unknown as [{ id: string }];
  expect(await find(id)).toEqual({ id });
  expect(await find(id.slice(0, 12))).toEqual({ id });
  expect(await find('run_zzzzz')).toBeNull();
  expect((await refusal(find('run_'))).message).toContain('several runs start with "run_"');
});
