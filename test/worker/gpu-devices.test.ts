import { describe, expect, it } from '@jest/globals';
import { parseGpuList, resolveDevices, visibleDevices } from '../../src/worker/gpu-devices.js';

const PLAIN = `GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-5c89852c-d268-c3f3-1b07-005d5ae1dc3f)
GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-0a1b2c3d-0000-1111-2222-333344445555)
`;
const DIVIDED = `GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5c89852c-d268-c3f3-1b07-005d5ae1dc3f)
  MIG 3g.20gb     Device  0: (UUID: MIG-70aabae0-f3d6-5d3b-8d7c-1a2b3c4d5e6f)
  MIG 3g.20gb     Device  1: (UUID: MIG-9bd0a4c1-2222-5d3b-8d7c-1a2b3c4d5e6f)
GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-0a1b2c3d-0000-1111-2222-333344445555)
`;
const gpus = parseGpuList(PLAIN);

describe('nvidia-smi -L', () => {
  it('lists GPUs by their number, and the parts of a divided one by their UUIDs', () => {
    expect(gpus.map(({ id }) => id)).toEqual(['0', '1']);
    expect(parseGpuList(DIVIDED).map(({ id }) => id)).toEqual([
      'MIG-70aabae0-f3d6-5d3b-8d7c-1a2b3c4d5e6f',
      'MIG-9bd0a4c1-2222-5d3b-8d7c-1a2b3c4d5e6f',
      '1',
    ]);
    expect(parseGpuList('No devices found.\n')).toEqual([]);
  });
});

describe('CUDA_VISIBLE_DEVICES', () => {
  it.each([
    [undefined, null],
    ['', []],
    ['-1', []],
    ['2, 0', ['2', '0']],
    ['1,-1,0', ['1']],
    ['GPU-5c89852c,MIG-GPU-5c89852c/1/0', ['GPU-5c89852c', 'MIG-GPU-5c89852c/1/0']],
  ])('%j is %j', (set, wanted) => {
    expect(visibleDevices({ CUDA_VISIBLE_DEVICES: set })).toEqual(wanted);
  });
});

describe('--devices', () => {
  it.each([
    ['all', null, ['0', '1']],
    ['1', null, ['1']],
    ['1, 0', null, ['1', '0']],
    ['GPU-5c89852c', null, ['GPU-5c89852c']],
    ['all', ['1'], ['1']],
    ['3', ['3', '2'], ['3']],
  ])('%s, of which %j may be seen, is %j', (list, visible, wanted) => {
    expect(resolveDevices(list, gpus, visible)).toEqual(wanted);
  });

  it('takes what it is given where nvidia-smi is not', () => {
    expect(resolveDevices('0,1', [], null)).toEqual(['0', '1']);
  });

  it.each([
    ['0,7', gpus, null, 'devices[1]', 'found "7", and nvidia-smi lists 0, 1'],
    ['0,0', gpus, null, 'devices[1]', 'found "0" twice, and a GPU takes one worker'],
    [
      '0,',
      gpus,
      null,
      'devices[1]',
      'found "", expected a number, GPU-… or MIG-… as nvidia-smi -L lists them, or all',
    ],
    ['0', gpus, ['2', '3'], 'devices[0]', 'found "0", and CUDA_VISIBLE_DEVICES allows 2, 3'],
    ['GPU-ffff', gpus, null, 'devices[0]', 'found "GPU-ffff", and nvidia-smi lists 0, 1'],
    [
      'all',
      [],
      null,
      'devices',
      "nvidia-smi lists no GPU; without --devices one worker starts, on this machine's processor",
    ],
    [
      'all',
      gpus,
      [],
      'devices',
      "CUDA_VISIBLE_DEVICES hides all GPUs; without --devices one worker starts, on this machine's processor",
    ],
  ])('refuses %s', (list, here, visible, field, message) => {
    expect(() => resolveDevices(list, here, visible)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', problems: [{ field, message }] }),
    );
  });
});
