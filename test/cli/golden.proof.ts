import { appendFileSync, cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { startTestServer, type TestServer } from '../worker/server.js';
import { runCommandLine } from './command.js';

// A run that version 0.1.0 recorded on 25 November 2026 (test/fixtures/golden/README.md): it comes out the same for as long as this passes.

jest.setTimeout(300_000);

const GOLDEN = resolve('test/fixtures/golden/run-0.1.0.ranksweep.tar');
const RUN = 'run_pcm1chnaftfb';
const MISSING = 2;
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server?.close());

async function command(cwd: string, ...args: string[]): Promise<{ code: number | null; text: string }> {
  const { code, out, err } = await runCommandLine(args, { cwd, url: server.url });
  return { code, text: out + err };
}

/** A place with the repository's data and model, to take something away from. */
function placeWith(name: string, { model }: { model: boolean }): string {
  const place = join(server.folder, name);
  mkdirSync(place);
  cpSync('datasets/era', join(place, 'datasets/era'), { recursive: true });
  if (model) symlinkSync(resolve('models'), join(place, 'models'));
  return place;
}

it('is sound, and a flipped bit in it is found', async () => {
  expect((await command('.', 'verify', GOLDEN)).code).toBe(0);
  const bytes = readFileSync(GOLDEN);
  bytes[bytes.length / 2]! ^= 1;
  const damaged = join(server.folder, 'damaged.tar');
  writeFileSync(damaged, bytes);
  expect((await command('.', 'verify', damaged)).code).toBe(1);
});

it('comes out bit for bit on another server, with its ID, from the data and the model by their hashes', async () => {
  expect((await command('.', 'import', 'bundle', GOLDEN)).text).toContain('1 runs added with 55 points');
  const { code, text } = await command('.', 'reproduce', RUN, '--allow-drift');
  expect(text).toContain('its record is what it was when the run began');
  expect(text).toContain('Identical: every logged value is the same.');
  expect(text).toContain('weights: the same bits');
  expect(code).toBe(0);
});

it('is refused before anything runs where a data set has changed and no copy was kept', async () => {
  const place = placeWith('changed', { model: true });
  appendFileSync(join(place, 'datasets/era/train.jsonl'), '{"prompt": "a", "completion": "b"}\n');
  const { code, text } = await command(place, 'reproduce', RUN, '--allow-drift');
  expect(text).toContain('What the run was made from is missing: dataset train.');
  expect(text).toContain('datasets/era/train.jsonl has other content now');
  expect(code).toBe(MISSING);
});

it('is refused where the model is missing, and a dry run says so too', async () => {
  const place = placeWith('without-model', { model: false });
  const { code, text } = await command(place, 'reproduce', RUN, '--allow-drift', '--dry-run');
  expect(text).toMatch(/model: missing/);
  expect(text).toMatch(/dataset train: here/);
  expect(code).toBe(MISSING);
});
