import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { administer, createTestDatabase, POSTGRES, type TestDatabase } from '../api/test-database.js';
import { type RequestError, startTestServer, type TestServer } from '../api/test-server.js';
import { point, TestWorker } from '../api/test-worker.js';

/** The way to Postgres, which a test can block. */
class Way {
  private server: Server | undefined;
  private readonly sockets = new Set<Socket>();
  port = 0;

  async open(): Promise<void> {
    const { hostname, port } = new URL(POSTGRES!);
    this.server = createServer((near) => {
      const far = connect(Number(port), hostname);
      for (const socket of [near, far]) {
        this.sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          near.destroy();
          far.destroy();
        });
      }
      near.pipe(far).pipe(near);
    });
    this.server.listen(this.port, '127.0.0.1');
    await once(this.server, 'listening');
    this.port = (this.server.address() as AddressInfo).port;
  }

  async block(): Promise<void> {
    const closed = once(this.server!, 'close');
    this.server!.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
  }
}

const way = new Way();
let database: TestDatabase;
let server: TestServer;
let worker: TestWorker;
beforeAll(async () => {
  // the server says there, too, that Postgres is away
  jest.spyOn(console, 'error').mockImplementation(() => {});
  database = (await createTestDatabase())!;
  await way.open();
  const url = new URL(database.url);
  url.port = String(way.port);
  server = await startTestServer({ databaseUrl: url.href });
  worker = await TestWorker.register(server);
});
afterAll(async () => {
  await server.close();
  await way.block();
  await database.drop();
});

const stepsOf = async (runId: string) => {
  const { run } = await server.query(
    'query ($id: ID!) { run(id: $id) { series(maxPoints: 100) { steps } } }',
    { id: runId },
  );
  return run.series[0].steps;
};
const codeOf = async (answer: Promise<unknown>) =>
  answer.then(
    () => 'none',
    (error: RequestError) => error.code,
  );

test('while Postgres is away every request says UNAVAILABLE; when it is back all goes on, and nothing is stored twice', async () => {
  const claim = await worker.open();
  await worker.report(claim, 1, [point('loss', 1, 1)]);
  await way.block();
  expect(await codeOf(worker.report(claim, 2, [point('loss', 2, 2)]))).toBe('UNAVAILABLE');
  expect(await codeOf(server.query('{ projects { name } }'))).toBe('UNAVAILABLE');
  await way.open();
  for (const batch of [1, 2]) await worker.report(claim, batch, [point('loss', batch, batch)]);
  expect(await stepsOf(claim.run!.id)).toEqual([1, 2]);
});

test('connections that Postgres ends, as when it starts again, are replaced', async () => {
  const claim = await worker.open();
  const endConnections = () =>
    administer(
      database.url,
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'ranksweep' AND datname = current_database()",
    );
  const batches = Array.from({ length: 12 }, (_, i) => i + 1);
  for (const batch of batches) {
    const ended = batch % 3 === 0 ? endConnections() : null;
    const report = () => worker.report(claim, batch, [point('loss', batch, batch)]);
    const first = await codeOf(report());
    expect(['none', 'UNAVAILABLE']).toContain(first);
    await ended;
    // as a worker does until it has an answer
    if (first !== 'none') while ((await codeOf(report())) !== 'none');
  }
  expect(await stepsOf(claim.run!.id)).toEqual(batches);
});
