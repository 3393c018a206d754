import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ApiClient } from '../../../src/api-client/api-client.js';
import { POINTS_TYPE, packPoints, unpackPoints } from '../../../src/api-client/points-block.js';
import { packArchive } from '../../../src/cli/bundle/archive.js';
import { importBundle } from '../../../src/cli/bundle/import-bundle.js';
import { verifyBundle } from '../../../src/cli/bundle/verify-bundle.js';
import { writeBundle } from '../../../src/cli/bundle/write-bundle.js';
import type { RanksweepError } from '../../../src/core/errors.js';
import { sha256 } from '../../../src/core/hash.js';
import { startTestServer, type TestServer } from '../../api/test-server.js';
import { TestWorker } from '../../api/test-worker.js';

let [here, there]: TestServer[] = [];
const scratch = mkdtempSync(join(tmpdir(), 'ranksweep-bundle-'));
const folder = join(scratch, 'bundle');
const ids: string[] = [];
beforeAll(async () => {
  [here, there] = [await startTestServer(), await startTestServer()];
  await fill(here);
});
afterAll(async () => {
  await here!.close();
  await there!.close();
  rmSync(scratch, { recursive: true });
});

const client = (server: TestServer) => new ApiClient(server.url, { retry: { attempts: 1 } as never });
const VALUES = [0.1, NaN, Infinity, -Infinity, -0, 5e-324];
const TEXT = 'what a run left behind';

const record = (server: TestServer, input: object) =>
  server.query('mutation ($input: RecordRunInput!) { recordRun(input: $input) { leaseToken } }', { input });

/** A worker's run with everything, its child from Python, and one that still runs. */
async function fill(server: TestServer): Promise<void> {
  const worker = await TestWorker.register(server);
  const { run, leaseToken } = await worker.open({ project: 'p', config: { lr: 0.1 }, seed: 7 });
  const steps = VALUES.map((_, step) => step);
  await fetch(`${server.url}/api/runs/${run!.id}/points?leaseToken=${leaseToken}`, {
    method: 'POST',
    headers: { 'content-type': POINTS_TYPE },
    body: new Uint8Array(packPoints([{ metric: 'loss', steps, values: VALUES, times: steps }])),
  });
  await server.query('mutation ($input: ProgressInput!) { reportProgress(input: $input) { accepted } }', {
    input: { runId: run!.id, leaseToken, batch: 1, points: [], log: ['hello', 'world'] },
  });
  await fetch(`${server.url}/artifacts/${sha256(TEXT)}`, { method: 'PUT', body: TEXT });
  const evaluation = { name: 'in', role: 'in_domain', datasetHash: 'd'.repeat(64), items: 3, tokens: 9 };
  const scores = { loss: 'NaN', bitsPerByte: 1, baseLoss: 2, baseBitsPerByte: 'Infinity' };
  await server.query('mutation ($input: FinishInput!) { finishRun(input: $input) { accepted } }', {
    input: {
      ...{ runId: run!.id, leaseToken, state: 'diverged', facts: { bestStep: 3 } },
      evaluations: [{ ...evaluation, ...scores }],
      artifacts: [{ name: 'adapter/a.txt', sha256: sha256(TEXT), bytes: TEXT.length }],
    },
  });
  const child = { id: 'child-1', project: 'p', origin: 'python', parentId: run!.id, state: 'finished' };
  await record(server, {
    ...child,
    params: [{ key: 'a.b', value: '1e-3' }],
    tags: [{ key: 'k', value: 'v' }],
  });
  await record(server, { id: 'open-1', project: 'p', origin: 'python' });
  ids.push(run!.id, 'child-1');
}

const FIELDS = `id name state origin config configHash seed facts: summary error startedAt endedAt tags params parentId notes group
  log evaluations { name role datasetHash items tokens loss bitsPerByte baseLoss baseBitsPerByte }
  artifacts { name sha256 bytes } project { name } deletedAt`;
const all = async (server: TestServer) =>
  (await server.query(`{ runs(orderBy: [{path: "id"}]) { items { ${FIELDS} } } }`)).runs.items;
const block = async (server: TestServer, id: string) =>
  Buffer.from(await (await fetch(`${server.url}/api/runs/${id}/points`)).arrayBuffer());

test('another server has the same runs under the same IDs, to the bit; a second import changes nothing', async () => {
  const written = await writeBundle(client(here!), { project: 'p' }, folder);
  expect(written).toMatchObject({ runs: 2, points: VALUES.length, files: 1, running: ['open-1'] });
  const report = await importBundle(client(there!), folder);
  expect(report).toEqual({
    added: expect.arrayContaining(ids),
    known: [],
    points: VALUES.length,
    omissions: [],
  });
  const [before, after] = [await all(here!), await all(there!)];
  expect(after).toEqual(before.filter(({ id }: { id: string }) => id !== 'open-1'));
  expect((await block(there!, ids[0]!)).equals(await block(here!, ids[0]!))).toBe(true);
  const [series] = unpackPoints(await block(there!, ids[0]!));
  expect([...series!.values].map((value) => [value, Object.is(value, -0)])).toEqual(
    VALUES.map((value) => [value, Object.is(value, -0)]),
  );
  expect(await (await fetch(`${there!.url}/artifacts/${sha256(TEXT)}`)).text()).toBe(TEXT);
  expect(await importBundle(client(there!), folder)).toMatchObject({
    added: [],
    known: expect.arrayContaining(ids),
  });
  expect(await all(there!)).toEqual(after);
});

test('a selection without an ended run is an error, and leaves no folder', async () => {
  const target = join(scratch, 'nothing');
  const open = { where: [{ path: 'state', op: 'eq' as never, value: 'running' }] };
  await expect(writeBundle(client(here!), open, target)).rejects.toThrow('only 1 that still run');
  expect(existsSync(target)).toBe(false);
});

async function withCopy(damage: (copy: string) => void) {
  const copy = mkdtempSync(join(scratch, 'copy-'));
  cpSync(folder, copy, { recursive: true });
  damage(copy);
  const server = await startTestServer();
  try {
    const error = await importBundle(client(server), copy).catch((refusal) => refusal);
    const left = (await server.query(
      '{ here: runs { total } trash: runs(filter: {deleted: true}) { total } }',
    )) as object;
    return { error, left };
  } finally {
    await server.close();
  }
}

test('one changed byte, a missing file and a manifest that lies: all told, nothing written', async () => {
  const { error, left } = await withCopy((copy) => {
    const points = join(copy, 'points', ids[0]!, '0.points');
    const bytes = readFileSync(points);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(points, bytes);
    rmSync(join(copy, 'artifacts', sha256(TEXT)));
  });
  expect(error.code).toBe('INVALID_INPUT');
  expect(error.problems.map(({ field }: { field: string }) => field).sort()).toEqual([
    `artifacts/${sha256(TEXT)}`,
    `points/${ids[0]}/0.points`,
  ]);
  expect(left).toEqual({ here: { total: 0 }, trash: { total: 0 } });
});

test('a bundle that was made by hand is checked beyond its checksums', async () => {
  const { error } = await withCopy((copy) => {
    const path = join(copy, 'manifest.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8'));
    manifest.files['../outside'] = manifest.files['runs.jsonl'];
    writeFileSync(path, JSON.stringify(manifest));
  });
  expect(error.message).toContain('is no manifest of a bundle');
  const bad = await withCopy((copy) => {
    appendFileSync(join(copy, 'runs.jsonl'), '{"id": 3}\n');
    const bytes = readFileSync(join(copy, 'runs.jsonl'));
    const path = join(copy, 'manifest.json');
    const manifest = JSON.parse(readFileSync(path, 'utf8'));
    manifest.files['runs.jsonl'] = { bytes: bytes.length, sha256: sha256(bytes) };
    writeFileSync(path, JSON.stringify(manifest));
  });
  expect(bad.error.problems[0].field).toBe('runs.jsonl:3');
  expect(bad.left).toEqual({ here: { total: 0 }, trash: { total: 0 } });
});

test('another run of one of the IDs: nothing is imported', async () => {
  const server = await startTestServer();
  await record(server, { id: 'child-1', project: 'elsewhere', startedAt: '2001-01-01T00:00:00.000Z' });
  const error = await importBundle(client(server), folder).catch((refusal) => refusal);
  expect(error).toMatchObject({ code: 'CONFLICT', problems: [{ field: 'child-1' }] });
  expect((await server.query('{ runs { total } }')).runs.total).toBe(1);
  await server.close();
});

test('an import that breaks off shows nothing, and is taken up again', async () => {
  const server = await startTestServer();
  const broken = client(server);
  const fetchAll = broken.fetch.bind(broken);
  let points = 0;
  broken.fetch = (path, init, repeatable) => {
    if (path.includes('/points?')) points++;
    if (points > 0) return Promise.reject(new Error('the line is cut'));
    return fetchAll(path, init, repeatable);
  };
  await expect(importBundle(broken, folder)).rejects.toThrow('the line is cut');
  expect(await all(server)).toEqual([]);
  await importBundle(client(server), folder);
  expect(await all(server)).toEqual(await all(there!));
  await server.close();
});

test('a run’s points as a block: some metrics, none, and no such run', async () => {
  const of = async (path: string) => fetch(`${here!.url}/api/runs/${path}`);
  expect(
    unpackPoints(Buffer.from(await (await of(`${ids[0]}/points?metric=loss`)).arrayBuffer())),
  ).toHaveLength(1);
  const none = Buffer.from(await (await of(`${ids[0]}/points?metric=other`)).arrayBuffer());
  expect(none.equals(packPoints([]))).toBe(true);
  expect((await of('run_nowhere/points')).status).toBe(404);
});

describe('the archive', () => {
  const file = join(scratch, 'bundle.ranksweep.tar');
  const damagedAt = (at: number, name: string) => {
    const bytes = readFileSync(file);
    bytes[at]! ^= 1;
    const path = join(scratch, name);
    writeFileSync(path, bytes);
    return path;
  };
  const fieldsOf = async (path: string) =>
    verifyBundle(path).then(
      () => [],
      ({ problems }: RanksweepError) => problems.map(({ field }) => field),
    );

  test('is one of tar, the same for the same bundle, and sound', async () => {
    await packArchive(folder, file);
    const first = readFileSync(file);
    await packArchive(folder, file);
    expect(readFileSync(file).equals(first)).toBe(true);
    const listed = execFileSync('tar', ['-tf', file], { encoding: 'utf8' }).trim().split('\n');
    expect(listed[0]).toBe('manifest.json');
    expect(listed).toContain(`artifacts/${sha256(TEXT)}`);
    expect(await verifyBundle(file)).toMatchObject({ runs: ids.toSorted(), sealed: [] });
  });

  test('names the member in which one bit is another, wherever it is', async () => {
    const bytes = readFileSync(file);
    const text = bytes.indexOf(TEXT);
    expect(await fieldsOf(damagedAt(text + 3, 'text.tar'))).toEqual([`artifacts/${sha256(TEXT)}`]);
    const head = bytes.lastIndexOf('runs.jsonl.gz');
    expect(await fieldsOf(damagedAt(head + 512 + 40, 'runs.tar'))).toContain('runs.jsonl');
    expect(await fieldsOf(damagedAt(bytes.indexOf('"runs"') + 9, 'manifest.tar'))).toContain('manifest.json');
    expect(await fieldsOf(damagedAt(head + 2, 'head.tar'))).toEqual(['archive']);
  });

  test('is not taken if it was cut off, and nothing of it is imported', async () => {
    const cut = join(scratch, 'cut.tar');
    writeFileSync(cut, readFileSync(file).subarray(0, 4096));
    await expect(verifyBundle(cut)).rejects.toThrow(/cut off/);
    await expect(importBundle(client(there!), cut)).rejects.toThrow(/cut off/);
  });

  test('is imported like the folder: what is there already is known', async () => {
    const { added, known } = await importBundle(client(there!), file);
    expect([added, known.toSorted()]).toEqual([[], ids.toSorted()]);
  });
});
