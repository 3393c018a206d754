import { describe, expect, it } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { chooseBackend } from '../../src/training/backends.js';
import { nativeIsInstalled } from './backend.js';

describe('choosing a backend', () => {
  it.each([
    ['wasm', 'wasm'],
    ['cpu', 'cpu'],
  ] as const)('takes %s when it is named', async (wanted, registered) => {
    const choice = await chooseBackend(wanted);
    expect(choice).toMatchObject({ backend: wanted, why: 'the config names it', threads: 1, tried: [] });
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
});
