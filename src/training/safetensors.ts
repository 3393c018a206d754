import { type FileHandle, open, rename } from 'node:fs/promises';
import { RanksweepError } from '../core/errors.js';
import { whyUnreadable } from '../core/unreadable.js';
import { fromBfloat16, fromHalf, toBfloat16, toHalf } from './half.js';
import { Scratch } from './scratch.js';

/**
 * The safetensors format (Hugging Face): a little-endian uint64, that many bytes of JSON
 * {name: {dtype, shape, data_offsets: [begin, end]}}, then the values without gaps.
 */

/** A tensor in memory is float32 whatever it is on disk. */
export interface NamedTensor {
  shape: number[];
  values: Float32Array;
}
export type TensorFile = Map<string, NamedTensor>;
export type StoredType = 'F32' | 'F16' | 'BF16';

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

const WIDTHS: Record<StoredType, number> = { F32: 4, F16: 2, BF16: 2 };
/** F64 is read, not written. */
const READ_WIDTHS: Record<string, number | undefined> = { ...WIDTHS, F64: 8 };
const LARGEST_HEADER = 100_000_000;

type Wanted = (name: string) => boolean;
const everything: Wanted = () => true;

/**
 * Reads a file tensor by tensor, so that it may be larger than what Node reads at once.
 * @param wanted which tensors; of any other only the place is checked
 * @throws RanksweepError NOT_FOUND or INVALID_INPUT
 */
export async function readSafetensors(path: string, wanted = everything): Promise<TensorFile> {
  const tensors: TensorFile = new Map();
  await eachTensor(path, wanted, (name, { shape, values }) =>
    tensors.set(name, { shape, values: values.slice() }),
  );
  return tensors;
}

/**
 * The same one after the other, so that not all need to be in memory.
 * @param take must copy what it keeps: the next tensor takes the place of the last
 */
export async function eachTensor(
  path: string,
  wanted: Wanted,
  take: (name: string, tensor: NamedTensor) => void,
): Promise<void> {
  const unreadable = (cause: unknown) => {
    throw new RanksweepError('NOT_FOUND', `${path} cannot be read: ${whyUnreadable(cause)}`);
  };
  const handle = await open(path).catch(unreadable);
  try {
    const head = await readAt(handle, 0, 8).catch(unreadable);
    const { size } = await handle.stat();
    const length = headerLength(head, size, path);
    const { header, start } = parseHeader(await readAt(handle, 8, length), path);
    const [stored, floats] = [new Scratch(), new Scratch()];
    for (const [name, entry] of checkedEntries(header, size - start, path, wanted)) {
      const [begin, end] = entry.data_offsets;
      const bytes = stored.bytes(end - begin);
      await handle.read(bytes, 0, bytes.length, start + begin);
      take(name, decode(bytes, entry, floats));
    }
  } finally {
    await handle.close();
  }
}

async function readAt(handle: FileHandle, at: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  const { bytesRead } = await handle.read(buffer, 0, length, at);
  return buffer.subarray(0, bytesRead);
}

/** @param file named in errors */
export function parseSafetensors(bytes: Uint8Array, file: string): TensorFile {
  const length = headerLength(bytes.subarray(0, 8), bytes.length, file);
  const { header, start } = parseHeader(bytes.subarray(8, 8 + length), file);
  const entries = checkedEntries(header, bytes.length - start, file, everything);
  return new Map(
    entries.map(([name, entry]) => {
      const [begin, end] = entry.data_offsets;
      // A copy of its own is aligned, whatever the length of the header.
      return [name, decode(new Uint8Array(bytes.subarray(start + begin, start + end)), entry, new Scratch())];
    }),
  );
}

function headerLength(head: Uint8Array, size: number, file: string): number {
  if (head.length < 8) throw invalid(file, 'it is shorter than a header');
  const length = Number(new DataView(head.buffer, head.byteOffset).getBigUint64(0, true));
  if (length > LARGEST_HEADER || 8 + length > size) {
    throw invalid(file, `its header would be ${length} bytes, the file has ${size}`);
  }
  return length;
}

function parseHeader(json: Uint8Array, file: string): { header: Record<string, Entry>; start: number } {
  try {
    const header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
    return { header, start: 8 + json.length };
  } catch {
    throw invalid(file, 'its header is not JSON');
  }
}

/** The wanted entries of a file whose layout is sound. */
function checkedEntries(
  header: Record<string, Entry>,
  room: number,
  file: string,
  wanted: Wanted,
): [string, Entry][] {
  const entries = Object.entries(header).filter(([name]) => name !== '__metadata__');
  checkLayout(entries, room, file, wanted);
  return entries.filter(([name]) => wanted(name));
}

/** Known types, sizes that fit the shapes, no overlap, no gap, nothing left over. */
function checkLayout(entries: [string, Entry][], room: number, file: string, wanted: Wanted): void {
  let at = 0;
  const sorted = [...entries].sort((a, b) => a[1].data_offsets[0] - b[1].data_offsets[0]);
  for (const [name, { dtype, shape, data_offsets: offsets }] of sorted) {
    const width = READ_WIDTHS[dtype] ?? (wanted(name) ? undefined : otherWidth(dtype));
    if (!width) throw invalid(file, `${name} is ${dtype}, expected F32, F16, BF16 or F64`);
    const size = shape.reduce((product, n) => product * n, 1) * width;
    if (offsets[0] !== at || offsets[1] - offsets[0] !== size) {
      throw invalid(file, `${name} lies at ${offsets.join('…')}, expected ${at}…${at + size}`);
    }
    at += size;
  }
  if (at !== room) throw invalid(file, `its tensors take ${at} bytes, the file has ${room} for them`);
}

/** Bytes of a number of a type that is not read here: I64, BOOL, F8_E4M3 … */
function otherWidth(dtype: string): number | undefined {
  if (dtype === 'BOOL') return 1;
  const bits = /^[FIU](8|16|32|64)(_\w+)?$/.exec(dtype)?.[1];
  return bits === undefined ? undefined : Number(bits) / 8;
}

/** @param bytes begin where numbers may; float32 stay there, others go to `floats` */
function decode(
  { buffer, byteOffset, byteLength }: Uint8Array,
  { dtype, shape }: Entry,
  floats: Scratch,
): NamedTensor {
  const count = byteLength / READ_WIDTHS[dtype]!;
  if (dtype === 'F32') return { shape, values: new Float32Array(buffer, byteOffset, count) };
  const values = floats.floats(count);
  if (dtype === 'F64') values.set(new Float64Array(buffer, byteOffset, count));
  else (dtype === 'F16' ? fromHalf : fromBfloat16)(new Uint16Array(buffer, byteOffset, count), values);
  return { shape, values };
}

/** The file appears at once or not at all. */
export async function writeSafetensors(
  path: string,
  tensors: TensorFile,
  dtype: StoredType = 'F32',
): Promise<void> {
  const file = await open(`${path}.partial`, 'w');
  try {
    await file.writeFile(headerOf(tensors, dtype));
    // One after the other: together they may be more than Node writes at once.
    for (const { values } of tensors.values()) await file.writeFile(encode(values, dtype));
  } finally {
    await file.close();
  }
  await rename(`${path}.partial`, path);
}

export function formatSafetensors(tensors: TensorFile, dtype: StoredType = 'F32'): Uint8Array {
  return Buffer.concat([
    headerOf(tensors, dtype),
    ...[...tensors.values()].map(({ values }) => encode(values, dtype)),
  ]);
}

/** Bytes that a tensor takes in a file. */
export const storedBytes = ({ values }: NamedTensor, dtype: StoredType) => values.length * WIDTHS[dtype];

function headerOf(tensors: TensorFile, dtype: StoredType): Uint8Array {
  let at = 0;
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  for (const [name, tensor] of tensors) {
    const size = storedBytes(tensor, dtype);
    header[name] = { dtype, shape: tensor.shape, data_offsets: [at, at + size] };
    at += size;
  }
  const json = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, ' ')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  return Buffer.concat([length, padded]);
}

function encode(values: Float32Array, dtype: StoredType): Uint8Array {
  const stored = dtype === 'F32' ? values : dtype === 'F16' ? toHalf(values) : toBfloat16(values);
  return new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
}

const invalid = (file: string, reason: string) =>
  new RanksweepError('INVALID_INPUT', `${file} is not a safetensors file: ${reason}`);
