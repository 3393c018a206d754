import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, jest } from '@jest/globals';
import { RunRecordDocument } from '../../src/api-client/operations.generated.js';
import { makeRun } from '../training/tiny-model.js';
import { startTestServer, type TestServer } from '../worker/server.js';
import { type Printed, runCommandLine } from './command.js';

// Real processes on two backends that are everywhere: wasm, and plain JavaScript (cpu), which adds in another order.

jest.setTimeout(300_000);

let server: TestServer;
let original: string;

beforeAll(async () => {
  server = await startTestServer();
  const { config } = await makeRun({ steps: 12, lora: { rank: 2, dropout: 0 } });
  writeFileSync(
    join(server.folder, 'run.yaml'),
    JSON.stringify({ ...config, epochs: undefined, backend: 'wasm' }),
  );
  original = idIn(await command('run', 'run.yaml'));
});

afterAll(() => server?.close());

const command = (...args: string[]) => runCommandLine(args, { cwd: server.folder, url: server.url });

function idIn({ err, out }: Printed): string {
  const id = /\brun (run_\w+)/.exec(err)?.[1];
  if (!id) throw new Error(`no run in: ${err}${out}`);
  return id;
}

it('a run comes out bit for bit in another process', async () => {
  const { code, out } = await command('reproduce', original);
  expect(out).toContain('Identical: every logged value is the same.');
  expect(out).toContain('weights: the same bits');
  expect(code).toBe(0);
});

it('on another backend nothing can be told before a probe, and --fail-fast stops at the first other bit', async () => {
  const onCpu = ['reproduce', original, '--backend', 'cpu', '--allow-drift'];
  const before = await command(...onCpu);
  expect(before.out).toMatch(/^Different, first at step \d+ in/);
  expect(before.out).toContain('kernel noise: cannot be told, no probe has compared the two');
  expect(before.code).toBe(1);
  const stopped = await command(...onCpu, '--fail-fast', '--expect', 'identical', '--json');
  expect(JSON.parse(stopped.out)).toMatchObject({
    verdict: 'different',
    evidence: { stoppedAt: { step: expect.any(Number) } },
  });
  expect(stopped.code).toBe(1);
});

it('a probe of both gives the bounds of kernel noise', async () => {
  const probe = await command('probe', original, '--backend', 'cpu', '--steps', '6', '--repeat', '2');
  expect(probe.out).toMatch(/^wasm on .* with itself: the same bits/m);
  expect(probe.out).toMatch(/^cpu on .* with itself: the same bits/m);
  expect(probe.out).toMatch(/^wasm on .* with cpu on .*: within kernel noise/m);
  expect(probe.code).toBe(10);
  const onCpu = ['reproduce', original, '--backend', 'cpu', '--allow-drift'];
  const after = await command(...onCpu);
  expect(after.out).toMatch(/^Within kernel noise/);
  expect(after.out).toMatch(/weights: .* apart \(relative, of B·A\)/);
  expect(after.code).toBe(0);
  expect((await command(...onCpu, '--expect', 'identical')).code).toBe(10);
});

it('a variant goes on from the state after a step, computed again, to the same end', async () => {
  const variant = await command('run', '--from', `${original}@5`);
  expect(variant.err).toContain('every loss until there is the recorded one');
  const lossOf = async (id: string) =>
    (await server.client.request(RunRecordDocument, { id })).run!.summary.metrics['train/loss'];
  expect(await lossOf(idIn({ ...variant, err: variant.err.replace(/of run_\w+ again/, '') }))).toBe(
    await lossOf(original),
  );
  const misfit = await command('run', '--from', `${original}@5`, '--set', 'lora.rank=4');
  expect(misfit.out + misfit.err).toContain('The state does not fit');
});

it('an adapter that was damaged in the store is named, and gives no distance', async () => {
  const { run } = await server.client.request(RunRecordDocument, { id: original });
  const { sha256 } = run!.artifacts.find(({ name }) => name.endsWith('adapter_model.safetensors'))!;
  const stored = fileNamed(server.folder, sha256);
  const bytes = readFileSync(stored);
  bytes[bytes.length - 1]! ^= 1;
  writeFileSync(stored, bytes);
  const { out } = await command('reproduce', original, '--backend', 'cpu', '--allow-drift');
  expect(out).toContain('weights: an adapter could not be read');
});

it('data that is gone here comes from the server, and a damaged copy there is refused by its hash', async () => {
  const { run } = await server.client.request(RunRecordDocument, { id: original });
  const { train } = (run!.config as { data: { train: string } }).data;
  renameSync(train, `${train}.elsewhere.txt`);
  rmSync(`${train}.elsewhere.txt`);
  const fetched = await command('reproduce', original, '--dry-run');
  expect(fetched.out + fetched.err).toMatch(/dataset train: fetched/);
  const { sha256 } = run!.artifacts.find(({ name }) => name === 'datasets/train.jsonl')!;
  rmSync(join(server.folder, '.ranksweep', 'cache'), { recursive: true, force: true });
  const stored = fileNamed(server.folder, sha256);
  const bytes = readFileSync(stored);
  bytes[0]! ^= 1;
  writeFileSync(stored, bytes);
  const { code, out, err } = await command('reproduce', original);
  expect(out + err).toContain('The server sent a damaged file');
  expect(code).not.toBe(0);
});

function fileNamed(folder: string, sha256: string): string {
  const path = readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((name) =>
    name.replaceAll(/[\\/]/g, '').endsWith(sha256),
  );
  if (path === undefined) throw new Error(`${sha256} is not stored`);
  return join(folder, path);
}
