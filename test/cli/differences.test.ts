import { describe, expect, it } from '@jest/globals';
import {
  type Difference,
  differencesBetween,
  differenceText,
} from '../../src/cli/reproduction/differences.js';
import type { Provenance } from '../../src/worker/provenance.js';

const hardware = {
  host: 'a',
  platform: 'linux',
  arch: 'x64',
  cpu: 'X',
  cpuFeatures: ['avx2'],
  cores: 2,
  memoryBytes: 1,
  gpus: [],
};
const then: Provenance = {
  git: { commit: '1'.repeat(40), dirty: false },
  lockFile: { path: 'package-lock.json', sha256: 'aa' },
  versions: { node: '20.19.0', tfjs: '4.22.0' },
  backend: { name: 'wasm', why: '', threads: 1, versions: {}, device: null },
  hardware,
  code: null,
  trainer: 'aa',
  lockFiles: [],
  interpreter: null,
  packages: [],
  container: null,
  executes: 'trainer',
  command: ['node', 'main.js', 'run'],
  cwd: '/somewhere',
  environment: { TZ: 'UTC' },
  model: null,
  startedBy: 'worker',
};

describe('the differences between then and now', () => {
  it('are none for the same, wherever and by whatever it was started', () => {
    const now = { ...then, cwd: '/elsewhere', command: ['x'], startedBy: 'reproduce' as const };
    expect(differencesBetween(then, now)).toEqual([]);
  });

  it('name code, diff, lock file, versions, backend, machine and environment', () => {
    const now: Provenance = {
      ...then,
      trainer: 'bb',
      git: { commit: '2'.repeat(40), dirty: true, diff: '+a\n-b\n' },
      lockFile: { path: 'package-lock.json', sha256: 'bb' },
      versions: { node: '22.0.0', tfjs: '4.22.0', libtensorflow: '2.9' },
      backend: { name: 'tfjs-node', why: '', threads: 2, versions: {}, device: null },
      hardware: { ...hardware, cpu: 'Y' },
      environment: {},
    };
    expect(differencesBetween(then, now).map(({ why, ...one }) => [one.canChange, brief(one)])).toEqual([
      [true, 'trainer’s program: was aa, is bb'],
      [false, `code commit: was ${'1'.repeat(40)}, is ${'2'.repeat(40)}`],
      [false, 'uncommitted changes: none then, a diff of 2 lines now'],
      [false, 'lock file: was aa, is bb'],
      [true, 'version of libtensorflow: was not there, is 2.9'],
      [true, 'version of node: was 20.19.0, is 22.0.0'],
      [true, 'backend: was wasm, is tfjs-node'],
      [false, 'threads of the backend: was 1, is 2'],
      [false, 'machine: cpu: was X, is Y'],
      [false, 'environment variable TZ: was UTC, is not there'],
    ]);
  });

  it('count or not by what computed: a command, a GPU, native kernels, or WebAssembly, which is the same everywhere', () => {
    const now: Provenance = {
      ...then,
      versions: { ...then.versions, node: '20.20.0' },
      hardware: { ...hardware, host: 'b', cores: 8, cpuFeatures: ['avx512f'], gpus: ['A100'], arch: 'arm64' },
      environment: { TZ: 'UTC', OMP_NUM_THREADS: '2', CUDA_VISIBLE_DEVICES: '1' },
    };
    const counted = (as: Partial<Provenance>) =>
      differencesBetween({ ...then, ...as }, { ...now, ...as })
        .filter(({ canChange }) => canChange)
        .map(({ what }) => what.replace(/^(machine:|environment variable) /, ''));
    const backend = (name: string) => ({ backend: { ...then.backend!, name } });
    expect(counted({})).toEqual([]);
    expect(counted(backend('tfjs-node'))).toEqual(['arch', 'cpuFeatures', 'OMP_NUM_THREADS']);
    expect(counted(backend('webgpu'))).toEqual([
      'arch',
      'cpuFeatures',
      'gpus',
      'CUDA_VISIBLE_DEVICES',
      'OMP_NUM_THREADS',
    ]);
    expect(counted({ executes: 'command', backend: null })).toEqual([
      'arch',
      'cores',
      'cpuFeatures',
      'gpus',
      'CUDA_VISIBLE_DEVICES',
      'OMP_NUM_THREADS',
    ]);
  });

  it('are none for what an older release did not record, and can be told of a record that lacks parts', () => {
    const { trainer, ...old } = then;
    expect(differencesBetween(old, then)).toEqual([]);
    const moved = differencesBetween(old, { ...then, git: { commit: '3', dirty: false } });
    expect(moved).toMatchObject([{ what: 'code commit', canChange: true }]);
    expect(differencesBetween({}, { lockFile: { path: 'x', sha256: 'aa' } })).toMatchObject([
      { what: 'lock file', original: null, here: 'aa' },
    ]);
  });
});

const brief = (one: Omit<Difference, 'why'>) => differenceText({ ...one, why: '' }).replace(/ \(can.*$/, '');
