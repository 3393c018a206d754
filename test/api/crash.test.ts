import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from './test-database.js';

jest.setTimeout(120_000);

const COMMAND_LINE = resolve('dist/src/cli/main.js');
const POINTS_PER_BATCH = 37;
let dataFolder: string;
let database: TestDatabase | null;
let server: { url: string; process: ChildProcess };

beforeEach(async () => {
  dataFolder = mkdtempSync(join(tmpdir(), 'ranksweep-crash-'));
  database = await createTestDatabase();
  server = await serve();
});
afterEach(async () => {
  await kill('SIGTERM');
  await database?.drop();
  rmSync(dataFolder, { recursive: true });
});

/** The built server in a process of its own: what npm test builds first. */
async function serve() {
  const args = [COMMAND_LINE, 'serve', '--port', '0', '--data', dataFolder, '--json'];
  const env = { ...process.env, RANKSWEEP_DATABASE_URL: database?.url };
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], env });
  let output = '';
  for await (const chunk of child.stdout!) {
    output += chunk;
    const url = /"url": *"([^"]+)"/.exec(output)?.[1];
    if (url !== undefined) return { url, process: child };
  }
  throw new Error(`the server ended before it said where it is: ${output}`);
}

async function kill(signal: NodeJS.Signals): Promise<number | null> {
  const ended = once(server.process, 'exit');
  server.process.kill(signal);
  return (await ended)[0];
}

// biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
async function ask(query: string, variables: Record<string, unknown> = {}): Promise<any> {
  const response = await fetch(`${server.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return ((await response.json()) as { data: unknown }).data;
}

async function openRun(): Promise<string> {
  const { registerWorker } = await ask(
    'mutation { registerWorker(input: {name: "w", host: "h", device: {}}) { id } }',
  );
  const open = 'mutation ($id: ID!) { openRun(input: {workerId: $id, config: {}}) { run { id } } }';
  return (await ask(open, { id: registerWorker.id })).openRun.run.id;
}

/** Batch b has the steps (b - 1)·n + 1 … b·n of two metrics. */
function report(runId: string, batch: number): Promise<{ reportProgress: { accepted: boolean } }> {
  const steps = Array.from({ length: POINTS_PER_BATCH }, (_, i) => (batch - 1) * POINTS_PER_BATCH + i + 1);
  const points = ['loss', 'rate'].flatMap((metric) =>
    steps.map((step) => ({ metric, step, value: 1 / step, time: 1e12 + step })),
  );
  const mutation = 'mutation ($input: ProgressInput!) { reportProgress(input: $input) { accepted } }';
  return ask(mutation, { input: { runId, leaseToken: 1, batch, points } });
}

async function storedSteps(runId: string): Promise<number[][]> {
  const query = 'query ($id: ID!) { run(id: $id) { series(maxPoints: 100000) { exact count steps } } }';
  return (await ask(query, { id: runId })).run.series.map(({ steps }: { steps: number[] }) => steps);
}

test('a server killed in the middle of its writes has lost nothing that it acknowledged and stored nothing twice', async () => {
  const runId = await openRun();
  let acknowledged = 0;
  for (const killAfter of [3, 11, 24]) {
    const sending = (async () => {
      for (;;) {
        const answer = await report(runId, acknowledged + 1).catch(() => null);
        if (answer === null) return;
        expect(answer.reportProgress.accepted).toBe(true);
        acknowledged++;
        if (acknowledged === killAfter) server.process.kill('SIGKILL');
      }
    })();
    await Promise.all([sending, once(server.process, 'exit')]);
    server = await serve();
    const stored = await storedSteps(runId);
    expect(stored).toHaveLength(2);
    for (const steps of stored) {
      expect(steps).toEqual(steps.map((_, i) => i + 1));
      const batches = steps.length / POINTS_PER_BATCH;
      expect([acknowledged, acknowledged + 1]).toContain(batches);
    }
  }
});

test('SIGTERM ends it with code 0, and what is written is there again', async () => {
  const runId = await openRun();
  await report(runId, 1);
  expect(await kill('SIGTERM')).toBe(0);
  server = await serve();
  expect(await storedSteps(runId)).toHaveLength(2);
});

test('a server killed in the middle of an upload shows nothing of it, and takes it when it comes again', async () => {
  const content = randomBytes(400_000);
  const address = () => `${server.url}/artifacts/${createHash('sha256').update(content).digest('hex')}`;
  const uploads = join(dataFolder, 'artifacts', 'uploads');
  const body = new ReadableStream({
    async start(stream) {
      stream.enqueue(content.subarray(0, 300_000));
      while (!existsSync(uploads) || bytesIn(uploads) < 300_000) await new Promise(setImmediate);
      server.process.kill('SIGKILL');
    },
  });
  const init = { method: 'PUT', body, duplex: 'half' } as RequestInit;
  await expect(fetch(address(), init)).rejects.toThrow();
  server = await serve();
  expect((await fetch(address())).status).toBe(404);
  expect(readdirSync(join(dataFolder, 'artifacts'))).toEqual(['uploads']);
  expect((await fetch(address(), { method: 'PUT', body: content })).status).toBe(201);
  expect(Buffer.from(await (await fetch(address())).arrayBuffer()).equals(content)).toBe(true);
});

function bytesIn(folder: string): number {
  return readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}
