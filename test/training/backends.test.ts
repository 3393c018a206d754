import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { chooseBackend } from '../../src/training/backends.js';
import { nativeIsInstalled } from './backend.js';

const { CUDA_VISIBLE_DEVICES, RANKSWEEP_NATIVE_DIR } = process.env;

afterEach(() => {
  for (const [name, value] of Object.entries({ CUDA_VISIBLE_DEVICES, RANKSWEEP_NATIVE_DIR })) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
});

/** A folder that looks as if `npm run setup:native -- --gpu` had been run; what is in it must not be loaded. */
function pretendGpuPackage(): void {
  const folder = mkdtempSync(join(tmpdir(), 'ranksweep-native-'));
  const name = join(folder, 'node_modules', '@tensorflow', 'tfjs-node-gpu');
  mkdirSync(name, { recursive: true });
  writeFileSync(join(name, 'package.json'), '{"main": "index.js"}');
  writeFileSync(join(name, 'index.js'), 'throw new Error("it was loaded")');
  process.env.RANKSWEEP_NATIVE_DIR = folder;
}

describe('choosing a backend', () => {
  it.each([
    ['wasm', 'wasm'],
    ['cpu', 'cpu'],
  ] as const)('takes %s when it is named', async (wanted, registered) => {
    const choice = await chooseBackend(wanted);
    const why = 'the config names it';
    expect(choice).toMatchObject({ backend: wanted, why, threads: 1, device: null, tried: [] });
    expect(choice.versions).toMatchObject({ tfjs: '4.22.0', node: process.versions.node });
    expect(tf.getBackend()).toBe(registered);
  });

  it('says what else was tried when it chooses itself', async () => {
    const choice = await chooseBackend('auto');
    expect(choice.backend).toBe(nativeIsInstalled() ? 'tfjs-node' : 'wasm');
    expect(choice.tried[0]).toEqual({ backend: 'tfjs-node-gpu', reason: 'not installed' });
    expect(choice.why).toContain('tfjs-node-gpu: not installed');
  });

  it('refuses a backend that is not here, and says what to do', async () => {
    await expect(chooseBackend('tfjs-node-gpu')).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('tfjs-node-gpu: not installed'),
    });
    await expect(chooseBackend('webgpu')).rejects.toThrow(/The backend webgpu does not work here/);
  });

  it.each(['', '-1', ' -1,0'])('loads no CUDA where CUDA_VISIBLE_DEVICES is "%s"', async (hidden) => {
    pretendGpuPackage();
    process.env.CUDA_VISIBLE_DEVICES = hidden;
    const reason = 'no GPU found: CUDA_VISIBLE_DEVICES hides all';
    await expect(chooseBackend('tfjs-node-gpu')).rejects.toThrow(reason);
  });
});
