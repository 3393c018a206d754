import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startServer } from '../../src/main.js';
import { POSTGRES } from './test-database.js';
import { startTestServer, type TestServer } from './test-server.js';

let server: TestServer;
let pageFolder: string;
beforeAll(async () => {
  pageFolder = mkdtempSync(join(tmpdir(), 'ranksweep-page-'));
  server = await startTestServer({ pageFolder });
});
afterAll(async () => {
  await server.close();
  rmSync(pageFolder, { recursive: true });
});

interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

/** fetch would not let a test set Host and Origin. */
function ask(
  method: string,
  path: string,
  headers: Record<string, string> = {},
  body?: string,
): Promise<Answer> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path, headers }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: text }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
/** What the server answers to these bytes, until it closes the connection. */
function raw(bytes: string): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => socket.write(bytes));
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(text));
  });
}

const json = { 'content-type': 'application/json' };
const query = JSON.stringify({ query: '{ projects { name } }' });
const port = () => new URL(server.url).port;

describe('who may ask', () => {
  test.each([
    'evil.example',
    'evil.example:7300',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '127.0.0.1@evil.example',
    '192.168.0.7',
    '0.0.0.0',
    '[::2]',
  ])('the Host %j is refused on every route', async (host) => {
    for (const path of ['/', '/healthz', '/graphql', `/artifacts/${'0'.repeat(64)}`]) {
      const { status, body } = await ask('GET', path, { host });
      expect([path, status]).toEqual([path, 403]);
      expect(status).toBeGreaterThanOrEqual(400);
      if (host !== '') expect(JSON.parse(body).error.code).toBe('FORBIDDEN');
    }
    expect((await ask('POST', '/graphql', { ...json, host }, query)).status).toBe(403);
  });

  test('no Host at all is refused', async () => {
    expect(await raw('GET /healthz HTTP/1.0\r\n\r\n')).toMatch(/^HTTP\/1\.1 403 /);
  });

  test('loopback names are welcome, with their port', async () => {
    for (const host of [`127.0.0.1:${port()}`, `localhost:${port()}`, `[::1]:${port()}`]) {
      expect((await ask('GET', '/healthz', { host })).status).toBe(200);
    }
  });

  test.each(['http://evil.example', 'null', 'https://127.0.0.1', 'http://127.0.0.1:1', 'http://localhost'])(
    'the Origin %j is refused',
    async (origin) => {
      expect((await ask('POST', '/graphql', { ...json, origin }, query)).status).toBe(403);
      expect((await ask('PUT', `/artifacts/${'0'.repeat(64)}`, { origin }, 'x')).status).toBe(403);
      expect((await ask('OPTIONS', '/graphql', { origin })).status).toBe(403);
    },
  );

  test("the server's own pages may ask; other sites may link and no more", async () => {
    expect((await ask('POST', '/graphql', { ...json, origin: server.url }, query)).status).toBe(200);
    const foreign = { 'sec-fetch-site': 'cross-site' };
    expect((await ask('GET', '/', { ...foreign, 'sec-fetch-mode': 'navigate' })).status).toBe(200);
    expect((await ask('GET', '/healthz', { ...foreign, 'sec-fetch-mode': 'no-cors' })).status).toBe(403);
  });

  test('a form cannot post a query: Apollo asks for a content type that needs a preflight', async () => {
    const simple = await ask('POST', '/graphql', { 'content-type': 'text/plain' }, query);
    expect(simple.status).toBe(400);
    const get = await ask('GET', `/graphql?query=${encodeURIComponent('{ projects { name } }')}`);
    expect(get.status).toBe(400);
  });
});

describe('bodies', () => {
  test('more than 32 MB is refused with a code, before it is read', async () => {
    const answer = await raw(
      `POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${33 * 2 ** 20}\r\n\r\n{`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"code":"TOO_LARGE"');
  });

  test('no JSON is refused with a code', async () => {
    const { status, body } = await ask('POST', '/graphql', json, '{"query": ');
    expect(status).toBe(400);
    expect(JSON.parse(body).errors[0].extensions.code).toBe('INVALID_INPUT');
  });
});

describe('the page', () => {
  test('where it is not built, it says how to build it', async () => {
    const { status, body } = await ask('GET', '/runs/run_abc');
    expect(status).toBe(200);
    expect(body).toContain('npm run build:client');
  });

  test('every address of the page loads it; files, API and unknown files do not', async () => {
    mkdirSync(join(pageFolder, 'assets'));
    writeFileSync(join(pageFolder, 'index.html'), '<title>the page</title>');
    writeFileSync(join(pageFolder, 'assets', 'index-abc.js'), 'the script');
    for (const path of ['/', '/runs/run_abc', '/sweeps']) {
      const { body, headers } = await ask('GET', path);
      expect(body).toBe('<title>the page</title>');
      expect(headers['cache-control']).toBe('no-cache');
    }
    const script = await ask('GET', '/assets/index-abc.js');
    expect(script.body).toBe('the script');
    expect(script.headers['cache-control']).toContain('immutable');
    expect((await ask('GET', '/assets/missing.js')).status).toBe(404);
    expect((await ask('GET', '/..%2f..%2fpackage.json')).body).not.toContain('ranksweep');
    expect((await ask('GET', '/artifacts/x')).status).toBe(422);
  });

  test('nothing inline, nothing from elsewhere, no frame', async () => {
    const { headers } = await ask('GET', '/');
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(headers['content-security-policy']).not.toContain('unsafe');
    expect(headers).toMatchObject({ 'x-content-type-options': 'nosniff', 'x-frame-options': 'DENY' });
    expect(headers['x-powered-by']).toBeUndefined();
    expect(headers['access-control-allow-origin']).toBeUndefined();
  });
});

test('healthz tells what answers', async () => {
  const { status, body } = await ask('GET', '/healthz');
  expect(status).toBe(200);
  const database = POSTGRES === undefined ? 'sqlite' : 'postgres';
  const version = expect.stringMatching(/^\d+\.\d+\.\d+/);
  expect(JSON.parse(body)).toMatchObject({ status: 'ok', version, database });
});

test('a busy port is one sentence that says what to do', async () => {
  const dataFolder = mkdtempSync(join(tmpdir(), 'ranksweep-busy-'));
  const starting = startServer({ port: Number(port()), dataFolder });
  await expect(starting).rejects.toThrow(
    `port ${port()} is in use: stop the program that uses it, or choose another with --port`,
  );
  const again = await startServer({ port: 0, dataFolder });
  await again.close();
  rmSync(dataFolder, { recursive: true });
});

test('unknown errors leave under a number, and introspection is on', async () => {
  const answer = await server.query('{ __schema { queryType { name } } }');
  expect(answer.__schema.queryType.name).toBe('Query');
  const wrong = await server.query('{ nothing }').catch((error) => error);
  expect(wrong.code).toBe('INVALID_INPUT');
});
