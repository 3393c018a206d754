import { copyFloats, floatBytes } from './point-columns.js';

/**
 * A column of doubles as bytes, without loss: the first byte says how.
 *
 * | kind | the bytes behind it | for |
 * |---|---|---|
 * | 0 | Float64, little-endian | any numbers |
 * | 1 | Float32, little-endian | values that are Float32 already: most losses |
 * | 2 | first and difference, Float64 | start + i * difference: steps, constants |
 * | 3 | first, Float64, then differences as zigzag base-128 | whole numbers near each other: times, counts |
 *
 * How many numbers there are is stored elsewhere.
 */
const RAW = 0;
const FLOAT32 = 1;
const PROGRESSION = 2;
const DIFFERENCES = 3;

/** Differences beyond this are no cheaper than Float64, and need more than 32 bits to shift. */
const MAX_DIFFERENCE = 2 ** 30;

export function encodeColumn(numbers: Float64Array): Buffer {
  return (
    encodeProgression(numbers) ?? encodeDifferences(numbers) ?? encodeFloat32(numbers) ?? encodeRaw(numbers)
  );
}

/** @throws Error if the bytes are not such a column */
export function decodeColumn(bytes: Buffer, count: number): Float64Array {
  const numbers = new Float64Array(count);
  decodeInto(bytes, numbers, 0, count);
  return numbers;
}

/** Writes the column's `count` numbers to `into`, from `at` on. @throws Error if the bytes are not such a column */
export function decodeInto(bytes: Buffer, into: Float64Array, at: number, count: number): void {
  const length = bytes.length - 1;
  if (bytes[0] === RAW && length === 8 * count) copyFloats(bytes.subarray(1), into, at);
  else if (bytes[0] === FLOAT32 && length === 4 * count) decodeFloat32(bytes, into, at, count);
  else if (bytes[0] === PROGRESSION && length === 16) decodeProgression(bytes, into, at, count);
  else if (bytes[0] === DIFFERENCES && length >= 8) decodeDifferences(bytes, into, at, count);
  else throw new Error(`a damaged column: kind ${bytes[0]}, ${bytes.length} bytes for ${count} numbers`);
}

function withKind(kind: number, ...parts: Uint8Array[]): Buffer {
  return Buffer.concat([Uint8Array.of(kind), ...parts]);
}

function encodeRaw(numbers: Float64Array): Buffer {
  return withKind(RAW, floatBytes(numbers));
}

function encodeFloat32(numbers: Float64Array): Buffer | null {
  const bytes = Buffer.allocUnsafe(1 + 4 * numbers.length);
  bytes[0] = FLOAT32;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  for (let i = 0; i < numbers.length; i++) {
    const number = numbers[i]!;
    if (Math.fround(number) !== number && !Number.isNaN(number)) return null;
    view.setFloat32(1 + 4 * i, number, true);
  }
  return bytes;
}

function decodeFloat32(bytes: Buffer, into: Float64Array, at: number, count: number): void {
  for (let i = 0; i < count; i++) into[at + i] = bytes.readFloatLE(1 + 4 * i);
}

function encodeProgression(numbers: Float64Array): Buffer | null {
  if (numbers.length < 3) return null;
  const first = numbers[0]!;
  const difference = numbers[1]! - first;
  for (let i = 0; i < numbers.length; i++) {
    if (first + i * difference !== numbers[i] || Object.is(numbers[i], -0)) return null;
  }
  return withKind(PROGRESSION, floatBytes(Float64Array.of(first, difference)));
}

function decodeProgression(bytes: Buffer, into: Float64Array, at: number, count: number): void {
  const [first, difference] = [bytes.readDoubleLE(1), bytes.readDoubleLE(9)];
  for (let i = 0; i < count; i++) into[at + i] = first + i * difference;
}

function encodeDifferences(numbers: Float64Array): Buffer | null {
  if (!Number.isSafeInteger(numbers[0]) || Object.is(numbers[0], -0)) return null;
  const bytes = Buffer.allocUnsafe(9 + 5 * numbers.length);
  bytes[0] = DIFFERENCES;
  new DataView(bytes.buffer, bytes.byteOffset).setFloat64(1, numbers[0]!, true);
  let at = 9;
  for (let i = 1; i < numbers.length; i++) {
    const difference = numbers[i]! - numbers[i - 1]!;
    if (!(Math.abs(difference) < MAX_DIFFERENCE) || !isPlainInteger(numbers[i]!)) return null;
    let rest = ((difference << 1) ^ (difference >> 31)) >>> 0;
    for (; rest > 127; rest >>>= 7) bytes[at++] = (rest & 127) | 128;
    bytes[at++] = rest;
  }
  return bytes.subarray(0, at);
}

function isPlainInteger(number: number): boolean {
  return Number.isSafeInteger(number) && !Object.is(number, -0);
}

function decodeDifferences(bytes: Buffer, into: Float64Array, at: number, count: number): void {
  let number = bytes.readDoubleLE(1);
  let from = 9;
  if (count > 0) into[at] = number;
  for (let i = 1; i < count; i++) {
    let [rest, shift] = [0, 0];
    let byte = bytes[from++]!;
    for (; byte > 127; byte = bytes[from++]!, shift += 7) rest |= (byte & 127) << shift;
    rest |= byte << shift;
    number += (rest >>> 1) ^ -(rest & 1);
    into[at + i] = number;
  }
}
