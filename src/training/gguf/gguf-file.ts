import { type FileHandle, open } from 'node:fs/promises';
import { RanksweepError } from '../../core/errors.js';
import { whyUnreadable } from '../../core/unreadable.js';
import type { NamedTensor } from '../safetensors.js';
import { Scratch } from '../scratch.js';
import { BLOCK_TYPES, type BlockType, dequantize } from './dequantize.js';
import { GgufCursor, PastEnd } from './gguf-cursor.js';

// GGUF (ggml's docs/gguf.md, versions 2 and 3): metadata, a list of tensors, then their values. Little-endian.

export interface GgufTensor {
  /** as in PyTorch: [out, in] */
  shape: number[];
  type: BlockType;
  /** bytes from the beginning of the file */
  at: number;
  bytes: number;
}

export interface GgufFile {
  path: string;
  metadata: Map<string, unknown>;
  tensors: Map<string, GgufTensor>;
}

const [FIRST_READ, MAGIC, DEFAULT_ALIGNMENT] = [1 << 20, 0x46554747, 32];

/** Everything but the values. @throws RanksweepError NOT_FOUND or INVALID_INPUT */
export async function readGguf(path: string): Promise<GgufFile> {
  const handle = await open(path).catch((cause) => {
    throw new RanksweepError('NOT_FOUND', `${path} cannot be read: ${whyUnreadable(cause)}`);
  });
  try {
    return await readHeader(handle, path);
  } finally {
    await handle.close();
  }
}

/** The header's length is known only when it has been read: more and more of the file is tried. */
async function readHeader(handle: FileHandle, path: string): Promise<GgufFile> {
  const { size } = await handle.stat();
  for (let room = FIRST_READ; ; room *= 8) {
    const buffer = Buffer.alloc(Math.min(room, size));
    await handle.read(buffer, 0, buffer.length, 0);
    try {
      return parseHeader(buffer, size, path);
    } catch (cause) {
      if (!(cause instanceof PastEnd)) throw cause;
      if (buffer.length === size) throw invalid(path, 'it ends within its header');
    }
  }
}

function parseHeader(buffer: Buffer, size: number, path: string): GgufFile {
  const cursor = new GgufCursor(buffer);
  const [magic, version] = [cursor.uint32(), cursor.uint32()];
  if (magic !== MAGIC) throw invalid(path, 'it does not begin with GGUF');
  if (version !== 2 && version !== 3) throw invalid(path, `found version ${version}, expected 2 or 3`);
  const [tensorCount, keyCount] = [cursor.uint64(), cursor.uint64()];
  const metadata = new Map<string, unknown>();
  for (let n = 0; n < keyCount; n++) metadata.set(cursor.string(), cursor.value(cursor.uint32()));
  const entries: [string, number[], number, number][] = [];
  for (let n = 0; n < tensorCount; n++) entries.push(tensorEntry(cursor));
  const alignment = (metadata.get('general.alignment') as number | undefined) ?? DEFAULT_ALIGNMENT;
  const start = Math.ceil(cursor.at / alignment) * alignment;
  const tensors = new Map(entries.map((entry) => [entry[0], toTensor(entry, start, size, path)]));
  return { path, metadata, tensors };
}

function tensorEntry(cursor: GgufCursor): [string, number[], number, number] {
  const name = cursor.string();
  const dimensions = cursor.uint32();
  if (dimensions > 8) throw new PastEnd();
  const shape = Array.from({ length: dimensions }, () => cursor.uint64()).reverse();
  return [name, shape, cursor.uint32(), cursor.uint64()];
}

function toTensor(
  [name, shape, code, offset]: [string, number[], number, number],
  start: number,
  size: number,
  path: string,
): GgufTensor {
  const type = BLOCK_TYPES.get(code);
  const known = [...BLOCK_TYPES.values()].map((block) => block.name).join(', ');
  if (!type) throw invalid(path, `${name} has ggml type ${code}, expected one of ${known}`);
  const [count, wide] = [shape.reduce((product, n) => product * n, 1), shape.at(-1) ?? 0];
  if (wide % type.size !== 0)
    throw invalid(path, `${name} [${shape}] does not divide into blocks of ${type.size}`);
  const [at, bytes] = [start + offset, (count / type.size) * type.bytes];
  if (at + bytes > size)
    throw invalid(path, `${name} lies at ${at}…${at + bytes}, the file has ${size} bytes`);
  return { shape, type, at, bytes };
}

/** The values of tensors, dequantised, one after the other. @param take must copy what it keeps */
export async function readGgufTensors(
  file: GgufFile,
  take: (name: string, tensor: NamedTensor) => void,
): Promise<void> {
  const handle = await open(file.path);
  try {
    const [stored, floats] = [new Scratch(), new Scratch()];
    for (const [name, { shape, type, at, bytes }] of file.tensors) {
      const buffer = Buffer.from(stored.bytes(bytes).buffer, 0, bytes);
      await handle.read(buffer, 0, bytes, at);
      take(name, {
        shape,
        values: dequantize(buffer, type, floats.floats((bytes / type.bytes) * type.size)),
      });
    }
  } finally {
    await handle.close();
  }
}

const invalid = (path: string, reason: string) =>
  new RanksweepError('INVALID_INPUT', `${path} is not a GGUF file for this program: ${reason}`, [
    { field: 'model', message: reason },
  ]);
