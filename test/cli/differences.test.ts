import { describe, expect, it } from '@jest/globals';
import { differencesBetween, differenceText } from '../../src/cli/reproduction/differences.js';
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
      git: { commit: '2'.repeat(40), dirty: true, diff: '+a\n-b\n' },
      lockFile: { path: 'package-lock.json', sha256: 'bb' },
      versions: { node: '22.0.0', tfjs: '4.22.0', libtensorflow: '2.9' },
      backend: { name: 'tfjs-node', why: '', threads: 2, versions: {}, device: null },
      hardware: { ...hardware, cpu: 'Y' },
      environment: {},
    };
    expect(differencesBetween(then, now).map(differenceText)).toEqual([
      `code commit: was ${'1'.repeat(40)}, is ${'2'.repeat(40)}`,
      'uncommitted changes: none then, a diff of 2 lines now',
      'lock file: was aa, is bb',
      'version of libtensorflow: was not there, is 2.9',
      'version of node: was 20.19.0, is 22.0.0',
      'backend: was wasm, is tfjs-node',
      'threads of the backend: was 1, is 2',
      'machine: cpu: was X, is Y',
      'environment variable TZ: was UTC, is not there',
    ]);
  });

  it('can be told of a record that lacks parts', () => {
    expect(differencesBetween({}, { lockFile: { path: 'x', sha256: 'aa' } })).toEqual([
      { what: 'lock file', original: null, here: 'aa' },
    ]);
  });
});
