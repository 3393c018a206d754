import type { FileHandle } from 'node:fs/promises';
import { RanksweepError } from '../../core/errors.js';

/**
 * Archives in the format that tar has had since POSIX.1-1988 (ustar): for each member a head of 512 bytes and its content, filled up to 512.
 * Heads say nothing of time or owner: the same members make the same archive.
 */
const BLOCK = 512;
const LONGEST_NAME = 100;
const LONGEST_PREFIX = 155;
const PLAIN_FILE = ['0', '\0', ''];

export interface TarMember {
  name: string;
  bytes: number;
}

export function tarHead({ name, bytes }: TarMember): Buffer {
  const head = Buffer.alloc(BLOCK);
  const [prefix, rest] = splitName(name);
  head.write(rest, 0);
  head.write('0000644\0', 100);
  head.write('0000000\0', 108);
  head.write('0000000\0', 116);
  head.write(`${bytes.toString(8).padStart(11, '0')}\0`, 124);
  head.write('00000000000\0', 136);
  head.write('0', 156);
  head.write('ustar\x0000', 257);
  head.write(prefix, 345);
  head.write(`${checksum(head).toString(8).padStart(6, '0')}\0 `, 148);
  return head;
}

/** Bytes that follow a content of this size. */
export const tarFill = (bytes: number): Buffer => Buffer.alloc((BLOCK - (bytes % BLOCK)) % BLOCK);
export const tarEnd = (): Buffer => Buffer.alloc(2 * BLOCK);

function splitName(name: string): [prefix: string, rest: string] {
  if (Buffer.byteLength(name) <= LONGEST_NAME) return ['', name];
  const at = name.lastIndexOf('/');
  const [prefix, rest] = [name.slice(0, at), name.slice(at + 1)];
  if (at > 0 && Buffer.byteLength(prefix) <= LONGEST_PREFIX && Buffer.byteLength(rest) <= LONGEST_NAME)
    return [prefix, rest];
  throw new RanksweepError('INVALID_INPUT', `${name} is too long a name for an archive.`);
}

/** Sum of the bytes, those of the checksum itself taken as spaces. */
function checksum(head: Buffer): number {
  const sum = head.reduce((total, byte) => total + byte, 0);
  return head.subarray(148, 156).reduce((total, byte) => total - byte + 32, sum);
}

/** The members of an archive and where their contents begin. @throws RanksweepError INVALID_INPUT: it is no archive, cut off or damaged */
export async function* tarMembers(file: FileHandle): AsyncGenerator<TarMember & { at: number }> {
  const { size } = await file.stat();
  let last = '';
  for (let at = 0; at + BLOCK <= size; ) {
    const head = Buffer.alloc(BLOCK);
    await file.read(head, 0, BLOCK, at);
    if (head.every((byte) => byte === 0)) return;
    const member = readHead(head, last);
    if (at + BLOCK + member.bytes > size) throw damaged(`it is cut off within ${member.name}`);
    yield { ...member, at: at + BLOCK };
    at += BLOCK + member.bytes + tarFill(member.bytes).length;
    last = member.name;
  }
  throw damaged(last === '' ? 'it has no members' : `it is cut off after ${last}`);
}

function readHead(head: Buffer, last: string): TarMember {
  const place = last === '' ? 'the first member' : `the member after ${last}`;
  if (octal(head, 148, 8) !== checksum(head))
    throw damaged(`the head of ${place} is not one of tar, or was changed`);
  const type = text(head, 156, 1);
  if (!PLAIN_FILE.includes(type)) throw damaged(`${place} is no plain file`);
  const prefix = text(head, 345, LONGEST_PREFIX);
  const name = text(head, 0, LONGEST_NAME);
  return { name: prefix === '' ? name : `${prefix}/${name}`, bytes: octal(head, 124, 12) };
}

function text(head: Buffer, at: number, length: number): string {
  return head.toString('utf8', at, at + length).split('\0')[0]!;
}

const octal = (head: Buffer, at: number, length: number) => Number.parseInt(text(head, at, length).trim(), 8);

function damaged(why: string): RanksweepError {
  const message = `The archive cannot be read: ${why}.`;
  return new RanksweepError('INVALID_INPUT', message, [{ field: 'archive', message: why }]);
}
