import { afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as tf from '@tensorflow/tfjs';
import { RandomStream } from '../../src/core/random.js';
import { chooseBackend } from '../../src/training/backends.js';

// By `npm run test:webgpu` only. Products and sums against plain JavaScript in float64, with each of tfjs's programs: which of them a
// product gets depends on its shape, and on a software device one is chosen for all.

jest.setTimeout(300_000);
const PROGRAM_FLAG = 'WEBGPU_MATMUL_PROGRAM_TYPE';
const random = new RandomStream(7, 'webgpu-kernels');
const normals = (count: number) => Float32Array.from({ length: count }, () => random.nextNormal());

/** a [m,k] · b [k,n], each stored transposed if asked for. */
function product(a: Float32Array, b: Float32Array, [m, k, n]: number[], tA: boolean, tB: boolean): number[] {
  const at = (i: number, l: number) => a[tA ? l * m! + i : i * k! + l]!;
  const bt = (l: number, j: number) => b[tB ? j * k! + l : l * n! + j]!;
  return Array.from({ length: m! * n! }, (_, flat) => {
    const [i, j] = [Math.floor(flat / n!), flat % n!];
    return Array.from({ length: k! }, (_, l) => at(i, l) * bt(l, j)).reduce((sum, term) => sum + term, 0);
  });
}

async function expectClose(found: tf.Tensor, wanted: number[], tolerance: number) {
  const values = await found.data();
  const worst = wanted.reduce((most, value, i) => Math.max(most, Math.abs(value - values[i]!)), 0);
  expect(values.length).toBe(wanted.length);
  expect(worst).toBeLessThan(tolerance);
}

describe('on webgpu', () => {
  let program: number;

  beforeAll(async () => {
    const { device, versions } = await chooseBackend('webgpu');
    console.log(`WebGPU on ${device}, Dawn ${versions.dawn}`);
    program = tf.env().getNumber(PROGRAM_FLAG);
  });
  beforeEach(() => tf.engine().startScope());
  afterEach(() => {
    tf.engine().endScope();
    tf.env().set(PROGRAM_FLAG, program);
  });

  it.each([
    ['reduce', 0, [3, 70, 5]],
    ['small output', 2, [9, 33, 20]],
    ['packed', 3, [37, 33, 41]],
    ['by size', -1, [2, 40, 3]],
  ] as [string, number, [number, number, number]][])('multiplies: %s', async (_, type, sizes) => {
    tf.env().set(PROGRAM_FLAG, type);
    const [m, k, n] = sizes;
    const [a, b] = [normals(m * k), normals(k * n)];
    for (const [tA, tB] of [
      [false, false],
      [false, true],
      [true, false],
    ] as const) {
      const left = tf.tensor(a, tA ? [k, m] : [m, k]);
      const right = tf.tensor(b, tB ? [n, k] : [k, n]);
      await expectClose(tf.matMul(left, right, tA, tB), product(a, b, sizes, tA, tB), 1e-4);
    }
  });

  it('never splits an inner sum over workgroups, which would add in a changing order', async () => {
    tf.env().set(PROGRAM_FLAG, -1);
    const sizes: [number, number, number] = [8, 2100, 24];
    const [a, b] = [normals(8 * 2100), normals(2100 * 24)];
    const { pipelineCache } = tf.backend() as unknown as { pipelineCache: Record<string, unknown> };
    await expectClose(
      tf.matMul(tf.tensor(a, [2100, 8]), tf.tensor(b, [2100, 24]), true, false),
      product(a, b, sizes, true, false),
      2e-3,
    );
    const programs = Object.keys(pipelineCache).join('\n');
    expect(programs).toContain('matMulSmallOutputSize');
    expect(programs).not.toContain('matMulSplitK');
    expect(tf.env().getNumber(PROGRAM_FLAG)).toBe(-1);
  });

  it('sums rows by their ids', async () => {
    const x = normals(6 * 4);
    const ids = [2, 0, 2, 4, 2, 0];
    const wanted = Array.from({ length: 5 * 4 }, (_, flat) =>
      ids.reduce((sum, id, row) => (id === Math.floor(flat / 4) ? sum + x[row * 4 + (flat % 4)]! : sum), 0),
    );
    const found = tf.unsortedSegmentSum(tf.tensor(x, [6, 4]), tf.tensor1d(ids, 'int32'), 5);
    await expectClose(found, wanted, 1e-6);
    const { numTensors } = tf.memory();
    tf.unsortedSegmentSum(tf.tensor(x, [6, 4]), tf.tensor1d(ids, 'int32'), 5).dispose();
    expect(tf.memory().numTensors).toBe(numTensors + 2);
  });

  it.each([
    ['exp', tf.exp, Math.exp],
    ['tanh', tf.tanh, Math.tanh],
    ['sigmoid', tf.sigmoid, (x: number) => 1 / (1 + Math.exp(-x))],
    ['rsqrt of the square', (x: tf.Tensor) => tf.rsqrt(tf.square(x)), (x: number) => 1 / Math.abs(x)],
  ] as [string, (x: tf.Tensor) => tf.Tensor, (x: number) => number][])('%s', async (_, f, exact) => {
    const x = Float32Array.from({ length: 2000 }, (_, i) => (i - 999.5) / 100);
    const found = await f(tf.tensor(x)).data();
    const wanted = [...x].map(exact);
    const worst = wanted.reduce((most, value, i) => Math.max(most, Math.abs(found[i]! / value - 1)), 0);
    // tfjs's tanh cancels near 0: its error there is absolute.
    expect(worst).toBeLessThan(f === tf.tanh ? 3e-5 : 5e-6);
  });

  it('is left out by the automatic choice where it computes on the processor', async () => {
    const { device } = await chooseBackend('webgpu');
    const before = process.env.RANKSWEEP_NATIVE_DIR;
    process.env.RANKSWEEP_NATIVE_DIR = 'nowhere';
    const choice = await chooseBackend('auto');
    process.env.RANKSWEEP_NATIVE_DIR = before ?? '';
    const isSoftware = device!.endsWith('(software)');
    expect(choice.backend).toBe(isSoftware ? 'wasm' : 'webgpu');
    if (isSoftware)
      expect(choice.why).toContain(`webgpu: no GPU found, only ${device!.replace(' (software)', '')}`);
    await chooseBackend('webgpu');
  });

  it('says what WebGPU reports at the next read', async () => {
    const backend = tf.backend() as unknown as { device: { createBuffer(of: object): unknown } };
    backend.device.createBuffer({ size: 64, usage: 3 });
    await tf
      .add(tf.ones([2000]), 1)
      .data()
      .catch(() => {});
    await expect(tf.add(tf.ones([2000]), 1).data()).rejects.toThrow(/WebGPU: .*[Uu]sage/);
  });
});
