import { execFileSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { sha256 } from '../../src/core/hash.js';
import { readGitState } from '../../src/worker/git-state.js';
import { readOrigin } from '../../src/worker/provenance.js';
import { recordedCommand, recordedEnvironment } from '../../src/worker/recorded-environment.js';

let folder: string;

function git(...args: string[]): string {
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@example.org'];
  return execFileSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8' }).trim();
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ranksweep-provenance-'));
});

function commitOneFile(): string {
  git('init', '-q');
  writeFileSync(join(folder, 'train.py'), 'rate = 1\n');
  git('add', '.');
  git('commit', '-q', '-m', 'one');
  return git('rev-parse', 'HEAD');
}

describe('the state of the code', () => {
  it('is null outside of a repository', async () => {
    expect(await readGitState(folder)).toBeNull();
  });

  it('is the commit alone in a clean tree', async () => {
    const commit = commitOneFile();
    expect(await readGitState(folder)).toEqual({ commit, dirty: false });
  });

  it('holds the diff of changed and staged files, and the names of untracked ones', async () => {
    commitOneFile();
    writeFileSync(join(folder, 'train.py'), 'rate = 2\n');
    writeFileSync(join(folder, 'staged.py'), 'x = 1\n');
    git('add', 'staged.py');
    writeFileSync(join(folder, 'new.py'), 'secret contents\n');
    const { dirty, diff } = (await readGitState(folder))!;
    expect(dirty).toBe(true);
    for (const line of ['-rate = 1', '+rate = 2', '+x = 1', '?? new.py']) expect(diff).toContain(line);
    expect(diff).not.toContain('secret contents');
  });

  it('is dirty for an untracked file alone, and not for an ignored one', async () => {
    commitOneFile();
    writeFileSync(join(folder, '.gitignore'), 'out\n');
    git('add', '.gitignore');
    git('commit', '-q', '-m', 'two');
    writeFileSync(join(folder, 'out'), '');
    expect((await readGitState(folder))!.dirty).toBe(false);
    writeFileSync(join(folder, 'new.py'), '');
    expect(await readGitState(folder)).toMatchObject({ dirty: true, diff: '?? new.py\n' });
  });
});

describe('what is recorded of the environment', () => {
  it('is a short list of names', () => {
    const environment = {
      CUDA_VISIBLE_DEVICES: '0',
      OMP_NUM_THREADS: '2',
      HOME: '/home/me',
      AWS_REGION: 'x',
    };
    expect(recordedEnvironment(environment)).toEqual({ CUDA_VISIBLE_DEVICES: '0', OMP_NUM_THREADS: '2' });
  });

  it('never is a secret, even under a listed prefix', () => {
    const secrets = {
      RANKSWEEP_TOKEN: 'a',
      RANKSWEEP_API_KEY: 'b',
      TF_PASSWORD: 'c',
      SLURM_JOB_AUTH: 'd',
      HF_TOKEN: 'e',
    };
    expect(recordedEnvironment(secrets)).toEqual({});
  });

  it('loses the credentials in addresses', () => {
    const environment = { RANKSWEEP_URL: 'http://me:hunter2@127.0.0.1:7300' };
    expect(recordedEnvironment(environment)).toEqual({ RANKSWEEP_URL: 'http://[removed]@127.0.0.1:7300' });
  });

  it('loses secret arguments of a command, and keeps the others', () => {
    const argv = [
      'python',
      'train.py',
      '--rank=8',
      '--api-key',
      'abc',
      '--token=def',
      'HF_TOKEN=ghi',
      '--keys',
      '3',
    ];
    expect(recordedCommand(argv)).toEqual([
      ...['python', 'train.py', '--rank=8', '--api-key', '[removed]'],
      ...['--token=[removed]', 'HF_TOKEN=[removed]', '--keys', '3'],
    ]);
  });
});

describe('provenance', () => {
  it('of a command is that of its working directory', async () => {
    const commit = commitOneFile();
    writeFileSync(join(folder, 'requirements.txt'), 'numpy==2\n');
    const command = ['python', 'train.py'];
    const origin = { command, backend: null, model: null, startedBy: 'worker' as const };
    const { provenance: record } = await readOrigin(origin, folder);
    expect(record.git).toMatchObject({ commit, dirty: true });
    expect(record.lockFile).toEqual({ path: 'requirements.txt', sha256: sha256('numpy==2\n') });
    expect(record).toMatchObject({ command, cwd: folder, backend: null, model: null, startedBy: 'worker' });
    expect(record.hardware.cores).toBeGreaterThan(0);
  });

  it('of the built-in trainer is that of this program, with its backend and versions', async () => {
    const backend = {
      backend: 'wasm' as const,
      why: 'a test',
      versions: { tfjs: '4.22.0' },
      threads: 1,
      device: null,
      tried: [],
    };
    const model = { path: 'models/nano', hash: 'abc', parameters: 9 };
    const origin = { command: null, backend, model, startedBy: 'run' as const };
    const { provenance: record } = await readOrigin(origin, folder);
    expect(record.lockFile?.path).toBe('package-lock.json');
    const versions = { tfjs: '4.22.0' };
    expect(record.backend).toEqual({ name: 'wasm', why: 'a test', versions, threads: 1, device: null });
    expect(record.versions).toMatchObject({ node: process.versions.node, tfjs: '4.22.0' });
    expect(record.model).toEqual(model);
  });
});
