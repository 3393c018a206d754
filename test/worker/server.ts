// biome-ignore-all lint/suspicious/noTemplateCurlyInString: W&B's macros look like templates
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ApiClient } from '../../src/api-client/api-client.js';
import { CreateSweepDocument, SweepProgressDocument } from '../../src/api-client/operations.generated.js';
import { delay } from '../../src/api-client/retry.js';
import { type RunningServer, startServer } from '../../src/main.js';

/** The children of a run are real processes: they are started from the build. */
export const ENTRIES = resolve('dist/src/worker');
export const COMMAND_LINE = resolve('dist/src/cli/main.js');
const PROGRAM = resolve('test/worker/fixtures/train.mjs');
const PATIENCE_MS = 60_000;

export interface TestServer extends RunningServer {
  client: ApiClient;
  folder: string;
}

/** A whole server on a free port, with a database of its own. */
export async function startTestServer(leaseMs = 30_000): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'ranksweep-test-'));
  const server = await startServer({ port: 0, dataFolder: join(folder, 'data'), leaseMs });
  return { ...server, folder, client: new ApiClient(server.url) };
}

/** Submits a grid of the test program: one trial for each x. */
export async function submitGrid(client: ApiClient, xs: number[], options: string[] = []): Promise<string> {
  const command = [process.execPath, PROGRAM, '${args}', ...options];
  const yaml = [
    'method: grid',
    'metric: {name: loss, goal: minimize}',
    `command: ${JSON.stringify(command)}`,
    `parameters: {x: {values: ${JSON.stringify(xs)}}}`,
  ].join('\n');
  return (await client.request(CreateSweepDocument, { input: { yaml } })).createSweep.id;
}

export async function progressOf(client: ApiClient, id: string) {
  return (await client.request(SweepProgressDocument, { id })).sweep!;
}

/** Asks until the answer is not null. Bounded: a test that waits for what never comes fails. */
export async function eventually<T>(ask: () => Promise<T | null> | T | null, what: string): Promise<T> {
  const end = Date.now() + PATIENCE_MS;
  while (Date.now() < end) {
    const answer = await ask();
    if (answer !== null) return answer;
    await delay(50);
  }
  throw new Error(`waited in vain for ${what}`);
}
