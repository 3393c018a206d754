import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startTestServer, type TestServer } from '../api/test-server.js';
import { point, TestWorker } from '../api/test-worker.js';

const TIME = 1_700_000_000_000;
let server: TestServer;
let run: string;
beforeAll(async () => {
  server = await startTestServer();
  run = await newRun();
});
afterAll(() => server.close());

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
type Answer = { status: number; body: any };

async function ask(path: string, body?: unknown, init: RequestInit = {}): Promise<Answer> {
  const text = typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const response = await fetch(`${server.url}/api/2.0/mlflow/${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json' },
    body: text as BodyInit,
    ...init,
  });
  return { status: response.status, body: await response.json() };
}

async function newRun(fields: Record<string, unknown> = {}): Promise<string> {
  const { body } = await ask('runs/create', {
    experiment_id: '0',
    start_time: TIME,
    run_name: 'r',
    ...fields,
  });
  return body.run.info.run_id;
}

const metric = (fields: Record<string, unknown> = {}) => ({
  ...{ key: 'loss', value: 1, timestamp: TIME, step: 0 },
  ...fields,
});
const history = async (key: string, id = run) =>
  ((await ask(`metrics/get-history?run_id=${id}&metric_key=${key}`)).body.metrics ?? []) as {
    value: unknown;
    step: number;
  }[];

test('times and steps that came in through another door as fractions go out whole', async () => {
  const id = await newRun({});
  const series = [{ metric: 'fine', steps: [1.5], values: [0.25], times: 1_764_000_000_000.967 }];
  const sent = await fetch(`${server.url}/api/runs/${id}/points`, {
    method: 'POST',
    body: JSON.stringify({ series }),
  });
  expect(sent.status).toBe(200);
  const whole = { value: 0.25, step: 1, timestamp: 1_764_000_000_000 };
  expect(await history('fine', id)).toMatchObject([whole]);
  const { body } = await ask(`runs/get?run_id=${id}`);
  expect(body.run.data.metrics).toMatchObject([whole]);
});

test('NaN and both infinities come back as they went in, match no comparison and sort behind numbers', async () => {
  const names = ['NaN', 'Infinity', '-Infinity', 0.5];
  const experiment = (await ask('experiments/create', { name: 'odd' })).body.experiment_id;
  for (const [i, value] of names.entries()) {
    const id = await newRun({ experiment_id: experiment, run_name: String(value) });
    await ask('runs/log-metric', { run_id: id, ...metric({ value, key: 'odd', step: i }) });
    expect(await history('odd', id)).toMatchObject([{ value, step: i }]);
  }
  const search = async (fields: object) => {
    const { body } = await ask('runs/search', { experiment_ids: [experiment], ...fields });
    return body.runs.map((one: { info: { run_name: string } }) => one.info.run_name);
  };
  expect(await search({ filter: 'metrics.odd < 1' })).toEqual(['0.5']);
  expect(await search({ filter: 'metrics.odd > 0' })).toEqual(['0.5']);
  expect(await search({ order_by: ['metrics.odd DESC'] })).toEqual(['Infinity', '0.5', '-Infinity', 'NaN']);
});

test.each([
  ['no run', { metrics: [metric()] }, 'run_id'],
  ['NaN as step', { run_id: 'RUN', metrics: [metric({ step: 'NaN' })] }, 'metrics[0].step'],
  ['a broken step', { run_id: 'RUN', metrics: [metric({ step: 1.5 })] }, 'metrics[0].step'],
  ['a word as value', { run_id: 'RUN', metrics: [metric(), metric({ value: 'low' })] }, 'metrics[1].value'],
  ['no value', { run_id: 'RUN', metrics: [metric({ value: null })] }, 'metrics[0].value'],
  ['a time before 1970', { run_id: 'RUN', metrics: [metric({ timestamp: -1 })] }, 'metrics[0].timestamp'],
  [
    'a name of 10,000 characters',
    { run_id: 'RUN', metrics: [metric({ key: 'k'.repeat(10_000) })] },
    'Metric name',
  ],
  ['a number as name', { run_id: 'RUN', metrics: [metric({ key: 7 })] }, 'metrics[0].key'],
  ['a text for metrics', { run_id: 'RUN', metrics: 'loss' }, 'metrics'],
  ['a number for a tag', { run_id: 'RUN', tags: [{ key: 't', value: 1 }] }, 'tags[0].value'],
  ['a million points', { run_id: 'RUN', metrics: Array(100_000).fill(metric()) }, 'at most 1000 metrics'],
])('%s is refused by its name, and nothing of the request is stored', async (_, body, words) => {
  const id = await newRun();
  const batch = { params: [{ key: 'p', value: '1' }], ...body };
  const answer = await ask('runs/log-batch', JSON.stringify(batch).replaceAll('RUN', id));
  expect([answer.status, answer.body.error_code]).toEqual([400, 'INVALID_PARAMETER_VALUE']);
  expect(answer.body.message).toContain(words);
  expect((await ask(`runs/get?run_id=${id}`)).body.run.data).toMatchObject({ params: [], metrics: [] });
});

test('a body that is no JSON, or unpacks to 80 MB, is refused in MLflow’s form', async () => {
  const noJson = await ask('runs/log-batch', '{"run_id": "x", "metrics": [{"key"');
  expect([noJson.status, noJson.body.error_code]).toEqual([400, 'BAD_REQUEST']);
  const bomb = gzipSync(Buffer.alloc(80 * 2 ** 20, 0x20), { level: 9 });
  expect(bomb.length).toBeLessThan(2 ** 17);
  const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
  const packed = await ask('runs/log-batch', bomb, { headers });
  expect([packed.status, packed.body.error_code]).toEqual([413, 'INVALID_PARAMETER_VALUE']);
});

test('a body that stops half-way stores nothing, and the server goes on', async () => {
  const { hostname, port } = new URL(server.url);
  const body = JSON.stringify({ run_id: run, metrics: [metric({ key: 'half' })] });
  const head = `POST /api/2.0/mlflow/runs/log-batch HTTP/1.1\r\nHost: ${hostname}:${port}\r\nContent-Length: ${body.length}\r\n\r\n`;
  const socket = connect(Number(port), hostname);
  await new Promise((resolve) => socket.write(head + body.slice(0, 40), resolve));
  socket.destroy();
  await new Promise((resolve) => socket.once('close', resolve));
  expect(await history('half')).toEqual([]);
});

test('a run logged by MLflow is a run like any other: config, tags, notes, group, parent', async () => {
  const child = await newRun({
    tags: [
      { key: 'mlflow.parentRunId', value: run },
      { key: 'mlflow.note.content', value: '# why' },
      { key: 'ranksweep.group', value: 'g' },
      { key: 'team', value: 'a' },
    ],
  });
  const params = {
    'optimizer.lr': '1e-4',
    bf16: 'True',
    layers: '[1, 2]',
    name: 'x',
    id: '007',
    none: 'None',
  };
  for (const [key, value] of Object.entries(params)) {
    await ask('runs/log-parameter', { run_id: child, key, value });
  }
  await ask('runs/log-batch', { run_id: child, metrics: [metric({ value: 0.25 })] });
  await ask('runs/update', { run_id: child, status: 'FINISHED', end_time: TIME + 5000 });
  const { run: seen } = await server.query(
    'query ($id: ID!) { run(id: $id) { name state config tags notes group parentId origin startedAt endedAt summary } }',
    { id: child },
  );
  expect(seen).toEqual({
    ...{ name: 'r', state: 'finished', notes: '# why', group: 'g', parentId: run, origin: 'mlflow' },
    config: { optimizer: { lr: 1e-4 }, bf16: true, layers: [1, 2], name: 'x', id: '007', none: null },
    tags: { team: 'a' },
    startedAt: new Date(TIME).toISOString(),
    endedAt: new Date(TIME + 5000).toISOString(),
    summary: { metrics: { loss: 0.25 }, facts: {} },
  });
  const where = [{ path: 'config.optimizer.lr', op: 'le', value: 0.001 }];
  const { runs } = await server.query(
    'query ($where: [FieldCondition!]) { runs(filter: {where: $where}) { items { id } } }',
    {
      where,
    },
  );
  expect(runs.items).toEqual([{ id: child }]);
});

test('runs of workers are seen, searched and tagged through MLflow, and written by their workers only', async () => {
  const worker = await TestWorker.register(server);
  const config = { optimizer: { learningRate: 0.001 }, model: 'nano', layers: ['q', 'v'], bf16: true };
  const claim = await worker.open({ project: 'by workers', config });
  await worker.report(claim, 1, [point('loss', 3, 'NaN')]);
  const { id } = claim.run!;
  const { run: seen } = (await ask(`runs/get?run_id=${id}`)).body;
  expect(seen.data.params).toEqual([
    { key: 'optimizer.learningRate', value: '0.001' },
    { key: 'model', value: 'nano' },
    { key: 'layers', value: '["q","v"]' },
    { key: 'bf16', value: 'true' },
  ]);
  expect(seen.data.metrics).toMatchObject([{ key: 'loss', value: 'NaN', step: 3 }]);
  const found = async (filter: string) => {
    const { body } = await ask('runs/search', { experiment_ids: [seen.info.experiment_id], filter });
    return body.runs.length;
  };
  expect(await found("params.optimizer.learningRate = '1e-3' AND params.model LIKE 'na%'")).toBe(1);
  expect(await found("params.optimizer.learningRate != '0.001'")).toBe(0);
  expect(await found("params.model IS NOT NULL AND params.seed IS NULL AND params.bf16 = 'true'")).toBe(1);
  const tag = await ask('runs/set-tag', { run_id: id, key: 'stage', value: 'kept' });
  expect(tag.status).toBe(200);
  for (const [path, body] of [
    ['log-metric', metric()],
    ['log-parameter', { key: 'model', value: 'other' }],
    ['update', { status: 'FAILED' }],
  ] as const) {
    const refused = await ask(`runs/${path}`, { run_id: id, ...body });
    expect([refused.status, refused.body.message]).toEqual([400, expect.stringContaining('worker')]);
  }
});

test('a run that a program reports is not lost when the server was away', async () => {
  server.clock.advance(3_600_000);
  await server.restart();
  server.clock.advance(3_600_000);
  expect((await ask(`runs/get?run_id=${run}`)).body.run.info.status).toBe('RUNNING');
});

test('a logged model and its files are seen with the run that made it, and count for its project', async () => {
  const id = await newRun();
  const { model } = (await ask('logged-models', { experiment_id: '0', name: 'clf', source_run_id: id })).body;
  const { model_id: modelId, artifact_uri: uri } = model.info;
  expect(uri).toBe(`mlflow-artifacts:/0/models/${modelId}/artifacts`);
  const files = `${server.url}/api/2.0/mlflow-artifacts/artifacts`;
  const put = (path: string) => fetch(`${files}/${path}`, { method: 'PUT', body: 'flavors: {}' });
  expect((await put(`0/models/${modelId}/artifacts/MLmodel`)).status).toBe(200);
  expect((await put(`0/models/m-${'0'.repeat(32)}/artifacts/MLmodel`)).status).toBe(404);
  await ask('runs/outputs', { run_id: id, models: [{ model_id: modelId, step: 3 }] });
  expect((await ask(`runs/get?run_id=${id}`)).body.run.outputs).toEqual({
    model_outputs: [{ model_id: modelId, step: 3 }],
  });
  const { run: seen } = await server.query(
    'query ($id: ID!) { run(id: $id) { loggedModels { id name use files { name bytes } } } }',
    { id },
  );
  const file = { name: 'MLmodel', bytes: 11 };
  expect(seen.loggedModels).toEqual([{ id: modelId, name: 'clf', use: 'output', files: [file] }]);
});

test('who stops a run that a program reports ends its record', async () => {
  const id = await newRun();
  await server.query('mutation ($id: ID!) { stopRun(id: $id) { state } }', { id });
  const { run: ended } = (await ask(`runs/get?run_id=${id}`)).body;
  expect(ended.info).toMatchObject({ status: 'KILLED', end_time: server.clock.now() });
});

test('what the server does not answer says so', async () => {
  const { status, body } = await ask('traces', {});
  expect([status, body.error_code]).toEqual([404, 'ENDPOINT_NOT_FOUND']);
});

test.each(['../../../etc/passwd', '%2e%2e/%2e%2e/x', 'a/%2e%2e/%2e%2e/x', 'a%5c..%5cx', 'a%00b', ''])(
  'no file is stored as %j',
  async (name) => {
    const url = `${server.url}/api/2.0/mlflow-artifacts/artifacts/0/${run}/artifacts/${name}`;
    const { status } = await fetch(url, { method: 'PUT', body: 'x' });
    expect([400, 404]).toContain(status);
    expect((await ask(`artifacts/list?run_id=${run}`)).body.files).toEqual([]);
  },
);
