import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fromBfloat16, fromHalf, toBfloat16, toHalf } from '../../src/training/half.js';
import { formatSafetensors, parseSafetensors, readSafetensors } from '../../src/training/safetensors.js';
import { temporaryFolder } from './tiny-model.js';

const tensors = new Map([
  ['a', { shape: [2, 3], values: Float32Array.of(1, -2, 0.5, 0, 65_504, -0.25) }],
  ['empty', { shape: [0, 4], values: new Float32Array() }],
  ['b.weight', { shape: [2], values: Float32Array.of(3, 2 ** -24) }],
]);

describe('safetensors', () => {
  it.each(['F32', 'F16', 'BF16'] as const)('reads what it wrote as %s', (dtype) => {
    const read = parseSafetensors(formatSafetensors(tensors, dtype), 'file');
    expect([...read.keys()]).toEqual([...tensors.keys()]);
    expect(read.get('b.weight')).toEqual(tensors.get('b.weight'));
    if (dtype !== 'BF16') expect(read).toEqual(tensors);
  });

  it('reads what safetensors for Python wrote', async () => {
    const base = await readSafetensors(join('test', 'fixtures', 'peft', 'base', 'model.safetensors'));
    expect(base.get('lm_head.weight')!.shape).toEqual([96, 32]);
    expect(base.size).toBe(21);
  });

  it('has a header of a multiple of 8 bytes, as its readers ask', () => {
    const bytes = formatSafetensors(tensors);
    expect(Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true)) % 8).toBe(0);
  });

  const forged = (header: object, data: number) => {
    const json = Buffer.from(JSON.stringify(header));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(json.length));
    return Buffer.concat([length, json, Buffer.alloc(data)]);
  };
  const tensor = (begin: number, end: number, dtype = 'F32', shape = [1]) => ({
    dtype,
    shape,
    data_offsets: [begin, end],
  });

  it.each([
    ['overlapping tensors', forged({ a: tensor(0, 4), b: tensor(2, 6) }, 6), /b lies at 2…6, expected 4…8/],
    ['a gap', forged({ a: tensor(0, 4), b: tensor(8, 12) }, 12), /b lies at 8…12, expected 4…8/],
    ['a size that does not fit the shape', forged({ a: tensor(0, 8) }, 8), /a lies at 0…8, expected 0…4/],
    ['bytes left over', forged({ a: tensor(0, 4) }, 9), /take 4 bytes, the file has 9/],
    ['missing bytes', forged({ a: tensor(0, 4) }, 3), /take 4 bytes, the file has 3/],
    ['an unknown type', forged({ a: tensor(0, 1, 'I8') }, 1), /a is I8, expected F32, F16, BF16 or F64/],
    ['a header longer than the file', Buffer.from('ffffff0000000000', 'hex'), /header would be/],
    ['text', Buffer.from('hello'), /shorter than a header/],
    ['a header that is no JSON', Buffer.from('0200000000000000ff7b', 'hex'), /header is not JSON/],
  ])('refuses %s', (_, bytes, message) => {
    expect(() => parseSafetensors(bytes, 'file')).toThrow(message);
  });
});

describe('half precision', () => {
  it('keeps every half through float32 and back', () => {
    const all = Uint16Array.from({ length: 65_536 }, (_, i) => i);
    const back = toHalf(fromHalf(all));
    const isNoNumber = (half: number) => (half & 0x7c00) === 0x7c00 && (half & 1023) !== 0;
    expect(back.every((half, i) => half === all[i] || isNoNumber(i))).toBe(true);
  });

  it('rounds to the nearest, ties to even', () => {
    const rounded = (value: number) => fromHalf(toHalf(Float32Array.of(value)))[0];
    expect(rounded(1 + 1 / 2048)).toBe(1);
    expect(rounded(1 + 3 / 2048)).toBe(1 + 2 / 1024);
    expect(rounded(65_519)).toBe(65_504);
    expect(rounded(65_520)).toBe(Number.POSITIVE_INFINITY);
    expect(rounded(2047.9)).toBe(2048);
    expect(rounded(2 ** -25)).toBe(0);
  });

  it('is never further off than half a unit in the last place', () => {
    const normal = fc.double({ min: 2 ** -14, max: 65_000, noNaN: true });
    fc.assert(
      fc.property(normal, (x) => {
        const value = Math.fround(x);
        const half = fromHalf(toHalf(Float32Array.of(value)))[0]!;
        expect(Math.abs(half - value)).toBeLessThanOrEqual(value * 2 ** -11);
        const brain = fromBfloat16(toBfloat16(Float32Array.of(value)))[0]!;
        expect(Math.abs(brain - value)).toBeLessThanOrEqual(value * 2 ** -8);
      }),
    );
  });
});

it('models/nano is float16, and small', async () => {
  const bytes = await readFile(join('models', 'nano', 'model.safetensors'));
  expect(bytes.length).toBeLessThan(2_000_000);
  expect(bytes.subarray(8, 2000).toString()).toContain('"F16"');
});

describe('a file with types that are not read', () => {
  /** A weight, and GPT-2's mask of booleans before it. */
  async function withMask(): Promise<string> {
    const header = JSON.stringify({
      mask: { dtype: 'BOOL', shape: [4], data_offsets: [0, 4] },
      weight: { dtype: 'F32', shape: [1], data_offsets: [4, 8] },
    });
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const path = join(await temporaryFolder(), 'mask.safetensors');
    await writeFile(
      path,
      Buffer.concat([
        length,
        Buffer.from(header),
        Buffer.alloc(4),
        new Uint8Array(Float32Array.of(2).buffer),
      ]),
    );
    return path;
  }

  it('gives what is wanted', async () => {
    const tensors = await readSafetensors(await withMask(), (name) => name === 'weight');
    expect([...tensors]).toEqual([['weight', { shape: [1], values: Float32Array.of(2) }]]);
  });

  it('is refused if they are wanted', async () => {
    await expect(readSafetensors(await withMask())).rejects.toThrow(
      'mask is BOOL, expected F32, F16, BF16 or F64',
    );
  });
});
