import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { DYNAMIC_VALUES } from '../../../src/training/quantization/dynamic-codes.js';
import { NF4_VALUES } from '../../../src/training/quantization/nf4.js';
import { dequantize, quantize } from '../../../src/training/quantization/quantized-matrix.js';

// Bit for bit against bitsandbytes, by test/fixtures/quantization/make.py.

type Parts = Record<string, string>;
interface Case {
  name?: string;
  input?: string;
  seed?: number;
  shape: [number, number];
  nf4: Parts;
  int8: Parts;
}

const record = JSON.parse(readFileSync('test/fixtures/quantization/codes.json', 'utf8'));
const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);

function inputOf({ input, seed, shape: [rows, columns] }: Case): Float32Array {
  if (input) return new Float32Array(Uint8Array.from(Buffer.from(input, 'base64')).buffer);
  let state = seed!;
  return Float32Array.from({ length: rows * columns }, (_, i) => {
    state = (Math.imul(1664525, state) + 1013904223) >>> 0;
    return (((state >>> 9) / 2 ** 23) * 2 - 1) * (1 + (Math.floor(i / 64) % 7));
  });
}

/** What bitsandbytes calls by these names, as bytes in base64 or as their hash. */
function partsOf(found: Case, kind: 'nf4' | 'int8'): Parts {
  const matrix = quantize({ shape: found.shape, values: inputOf(found) }, kind);
  const { values } = dequantize(matrix);
  const statistics =
    matrix.kind === 'int8'
      ? { absmax: matrix.absmax }
      : {
          absmaxCodes: matrix.absmaxCodes,
          absmaxScales: matrix.absmaxScales,
          offset: Float32Array.of(matrix.offset),
        };
  const write = (bytes: Buffer) =>
    found.input ? bytes.toString('base64') : createHash('sha256').update(bytes).digest('hex');
  const parts = { codes: matrix.codes, ...statistics, values };
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, write(bytesOf(part))]));
}

it('has the tables', () => {
  expect([...NF4_VALUES]).toEqual(record.nf4Values);
  expect([...DYNAMIC_VALUES]).toEqual(record.dynamicValues);
});

it.each<Case>(record.cases)('gives the same bits for $name', (found) => {
  expect(partsOf(found, 'nf4')).toEqual(found.nf4);
  expect(partsOf(found, 'int8')).toEqual(found.int8);
});

it.each<Case>(record.large)('gives the same bits for many blocks, $shape', (found) => {
  expect(partsOf(found, 'nf4')).toEqual(found.nf4);
  expect(partsOf(found, 'int8')).toEqual(found.int8);
});
