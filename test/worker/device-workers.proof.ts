// biome-ignore-all lint/suspicious/noTemplateCurlyInString: W&B's macros look like templates
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { CreateSweepDocument, RunRecordDocument } from '../../src/api-client/operations.generated.js';
import { COMMAND_LINE, eventually, progressOf, startTestServer, type TestServer } from './server.js';

// Four GPUs, as far as the processes can see: a nvidia-smi that lists them, and a program that says which one it was given.

jest.setTimeout(180_000);
const PROGRAM = resolve('test/worker/fixtures/on-device.mjs');

interface Event {
  event: string;
  device: string;
  pid: number;
}

let server: TestServer;
let workers: ChildProcess;
let printed = '';
let ended: Promise<number | null>;

beforeEach(async () => {
  server = await startTestServer(5000);
});

afterEach(async () => {
  workers.kill('SIGTERM');
  await ended;
  await server.close();
});

function fakeNvidiaSmi(count: number): string {
  const folder = join(server.folder, 'bin');
  mkdirSync(folder);
  const lines = Array.from(
    { length: count },
    (_, i) => `GPU ${i}: Fake (UUID: GPU-0000000${i}-aaaa-bbbb-cccc-dddddddddddd)`,
  );
  const file = join(folder, 'nvidia-smi');
  writeFileSync(file, `#!/bin/sh\n[ "$1" = -L ] && cat <<'END'\n${lines.join('\n')}\nEND\n`);
  chmodSync(file, 0o755);
  return folder;
}

function startWorkers(options: string[], environment: NodeJS.ProcessEnv = {}): void {
  const folder = fakeNvidiaSmi(4);
  const args = [
    COMMAND_LINE,
    'worker',
    '--url',
    server.url,
    '--json',
    '--work-dir',
    join(server.folder, 'work'),
  ];
  const { CUDA_VISIBLE_DEVICES: _, ...rest } = process.env;
  const env = { ...rest, PATH: `${folder}${delimiter}${process.env.PATH}`, ...environment };
  workers = spawn(process.execPath, [...args, ...options], { env, stdio: ['ignore', 'pipe', 'inherit'] });
  printed = '';
  workers.stdout!.on('data', (text) => {
    printed += text;
  });
  ended = new Promise((done) => workers.on('close', done));
}

const events = (kind: string): Event[] =>
  printed
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
    .filter(({ event }) => event === kind);

async function submit(trials: number, together: number): Promise<string> {
  const xs = Array.from({ length: trials }, (_, i) => i);
  const command = [
    process.execPath,
    PROGRAM,
    `--folder=${join(server.folder, 'seen')}`,
    `--together=${together}`,
    '${args}',
  ];
  const yaml = `method: grid\ncommand: ${JSON.stringify(command)}\nparameters: {x: {values: ${JSON.stringify(xs)}}}\n`;
  return (await server.client.request(CreateSweepDocument, { input: { yaml } })).createSweep.id;
}

/** What the programs found in their environment. */
function seen(): { device: string; order: string; run: string }[] {
  const folder = join(server.folder, 'seen');
  return readdirSync(folder).map((run) => ({ ...JSON.parse(readFileSync(join(folder, run), 'utf8')), run }));
}

const byDevice = (a: { device: string }, b: { device: string }) => a.device.localeCompare(b.device);

describe('worker --devices', () => {
  it('all: one worker for each GPU, of which its trials see that one', async () => {
    const id = await submit(4, 4);
    startWorkers(['--devices', 'all', '--exit-when-idle']);
    expect(await ended).toBe(0);
    expect((await progressOf(server.client, id)).state).toBe('finished');
    const trials = seen().sort(byDevice);
    expect(trials.map(({ device, order }) => [device, order])).toEqual(
      ['0', '1', '2', '3'].map((n) => [n, 'PCI_BUS_ID']),
    );
    const { run } = await server.client.request(RunRecordDocument, { id: trials[2]!.run });
    expect(run!.provenance.environment).toMatchObject({ CUDA_VISIBLE_DEVICES: '2' });
    expect(new Set(events('process').map(({ pid }) => pid)).size).toBe(4);
  });

  it('all, within what CUDA_VISIBLE_DEVICES allows', async () => {
    await submit(2, 2);
    startWorkers(['--devices', 'all', '--exit-when-idle'], { CUDA_VISIBLE_DEVICES: '3,GPU-00000001' });
    expect(await ended).toBe(0);
    expect(
      seen()
        .map(({ device }) => device)
        .sort(),
    ).toEqual(['3', 'GPU-00000001']);
  });

  it('starts a worker that was killed again on its device, and leaves the others alone', async () => {
    startWorkers(['--devices', '1,3']);
    const both = await eventually(
      () => (events('started').length === 2 ? events('process') : null),
      'two workers',
    );
    process.kill(both.find(({ device }) => device === '3')!.pid, 'SIGKILL');
    const id = await submit(2, 2);
    await eventually(
      async () => ((await progressOf(server.client, id)).state === 'finished' ? true : null),
      'both trials',
    );
    expect(
      seen()
        .map(({ device }) => device)
        .sort(),
    ).toEqual(['1', '3']);
    expect(events('death')).toMatchObject([{ device: '3', how: 'signal SIGKILL' }]);
    expect(events('process').map(({ device }) => device)).toEqual(['1', '3', '3']);
    workers.kill('SIGTERM');
    expect(await ended).toBe(0);
  });

  it('refuses a GPU that is not there, before any worker starts', async () => {
    startWorkers(['--devices', '0,9']);
    expect(await ended).toBe(2);
    expect(JSON.parse(printed).error.problems).toEqual([
      { field: 'devices[1]', message: 'found "9", and nvidia-smi lists 0, 1, 2, 3' },
    ]);
  });

  it('is not needed for one: a worker keeps the CUDA_VISIBLE_DEVICES that it was started with', async () => {
    await submit(1, 1);
    startWorkers(['--once'], { CUDA_VISIBLE_DEVICES: '2' });
    expect(await ended).toBe(0);
    expect(seen().map(({ device }) => device)).toEqual(['2']);
  });
});
