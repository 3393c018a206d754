import { createHash, randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type RequestError, startTestServer, type TestServer } from './test-server.js';
import { TestWorker } from './test-worker.js';

let server: TestServer;
let worker: TestWorker;
beforeAll(async () => {
  server = await startTestServer();
  worker = await TestWorker.register(server);
});
afterAll(() => server.close());

const hashOf = (content: Uint8Array) => createHash('sha256').update(content).digest('hex');
const put = (hash: string, content: Uint8Array) =>
  fetch(`${server.url}/artifacts/${hash}`, { method: 'PUT', body: content as unknown as BodyInit });
const stored = () =>
  readdirSync(join(server.dataFolder, 'artifacts'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();

test('what was uploaded comes back byte for byte, under its hash, and twice is once', async () => {
  const content = randomBytes(3_000_000);
  const hash = hashOf(content);
  expect((await put(hash, content)).status).toBe(201);
  expect((await put(hash, content)).status).toBe(200);
  expect(readFileSync(join(server.dataFolder, 'artifacts', hash.slice(0, 2), hash)).equals(content)).toBe(
    true,
  );
  const answer = await fetch(
    `${server.url}/artifacts/${hash}?name=${encodeURIComponent('adapter/über "x".bin')}`,
  );
  expect(Buffer.from(await answer.arrayBuffer()).equals(content)).toBe(true);
  expect(answer.headers.get('content-disposition')).toBe(
    `attachment; filename*=UTF-8''%C3%BCber%20%22x%22.bin`,
  );
  expect(answer.headers.get('content-security-policy')).toContain('sandbox');
  const head = await fetch(`${server.url}/artifacts/${hash}`, { method: 'HEAD' });
  expect(head.headers.get('content-length')).toBe('3000000');
});

test('an empty file is a file', async () => {
  const hash = hashOf(new Uint8Array());
  expect((await put(hash, new Uint8Array())).status).toBe(201);
  const answer = await fetch(`${server.url}/artifacts/${hash}`);
  expect((await answer.arrayBuffer()).byteLength).toBe(0);
});

test('content with another hash is refused and leaves nothing', async () => {
  const before = stored();
  const answer = await put(hashOf(randomBytes(8)), randomBytes(1000));
  expect(answer.status).toBe(422);
  expect(((await answer.json()) as { error: { message: string } }).error.message).toContain(
    'damaged on its way',
  );
  expect(stored()).toEqual(before);
});

test('an upload that breaks off leaves nothing', async () => {
  const before = stored();
  const abort = new AbortController();
  const body = new ReadableStream({
    start(stream) {
      stream.enqueue(randomBytes(1000));
      setImmediate(() => abort.abort());
    },
  });
  const sent = fetch(`${server.url}/artifacts/${'0'.repeat(64)}`, {
    method: 'PUT',
    body,
    signal: abort.signal,
    duplex: 'half',
  } as RequestInit);
  await expect(sent).rejects.toThrow();
  expect((await fetch(`${server.url}/artifacts/${'0'.repeat(64)}`)).status).toBe(404);
  await server.restart();
  expect(stored()).toEqual(before);
});

test.each(['abc', '..%2f..%2franksweep.sqlite', 'A'.repeat(64), `${'0'.repeat(63)}%00`])(
  'the address %j is no hash',
  async (hash) => {
    expect([404, 422]).toContain((await fetch(`${server.url}/artifacts/${hash}`)).status);
    expect([404, 405, 422]).toContain((await put(hash, new Uint8Array(1))).status);
  },
);

const ARTIFACTS = 'query ($id: ID!) { run(id: $id) { artifacts { name sha256 bytes } } }';

test('a run names the files that it left, once they are here', async () => {
  const content = randomBytes(100);
  const artifact = { name: 'adapter/adapter_model.safetensors', sha256: hashOf(content), bytes: 100 };
  const claim = await worker.open();
  const missing = (await worker
    .finish(claim, 'finished', { artifacts: [artifact] })
    .catch((e) => e)) as RequestError;
  expect(missing.message).toContain('no such file was uploaded');
  await put(artifact.sha256, content);
  const short = { ...artifact, bytes: 99 };
  await expect(worker.finish(claim, 'finished', { artifacts: [short] })).rejects.toThrow(/has 100 bytes/);
  expect((await worker.finish(claim, 'finished', { artifacts: [artifact] })).accepted).toBe(true);
  const { run } = await server.query(ARTIFACTS, { id: claim.run!.id });
  expect(run.artifacts).toEqual([artifact]);
});

test.each(['../x', '/etc/passwd', 'a/../../b', 'a\\b', 'C:/x', 'a%2e%2e/b', 'a\u0000', '', 'a//b', './a'])(
  'the name %j is refused',
  async (name) => {
    const content = new Uint8Array([1]);
    await put(hashOf(content), content);
    const claim = await worker.open();
    const artifacts = [{ name, sha256: hashOf(content), bytes: 1 }];
    const refused = (await worker.finish(claim, 'finished', { artifacts }).catch((e) => e)) as RequestError;
    expect([refused.code, refused.problems[0]!.field]).toEqual(['INVALID_INPUT', 'artifacts.name']);
  },
);
