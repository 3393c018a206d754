import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGunzip, gzipSync } from 'node:zlib';
import { type Problem, RanksweepError } from '../../core/errors.js';
import { sha256 } from '../../core/hash.js';
import { filesUnder } from '../../worker/run-artifacts.js';
import { MANIFEST_FILE, SAFE_PATH } from './manifest.js';
import { tarEnd, tarFill, tarHead, tarMembers } from './tar.js';

/**
 * A bundle in one file: a tar archive, of which each member that gets smaller by it is a gzip of its own (NAME.gz). So damage to a byte is
 * damage to one member, which can be named. The manifest comes first, its own hash last.
 */
const SEAL_FILE = 'manifest.sha256';
const LARGEST_PACKED_BYTES = 64 * 2 ** 20;

/** Packs a bundle's folder. The file appears when it is whole. @returns its size */
export async function packArchive(folder: string, target: string): Promise<number> {
  const partial = `${target}.${process.pid}.part`;
  const names = (await filesUnder(folder)).filter((name) => name !== MANIFEST_FILE);
  const manifest = await readFile(join(folder, MANIFEST_FILE));
  try {
    await mkdir(dirname(resolve(target)), { recursive: true });
    const file = await open(partial, 'w');
    await file.write(memberOf(MANIFEST_FILE, manifest));
    for (const name of names) await writeMember(file, folder, name);
    await file.write(memberOf(SEAL_FILE, Buffer.from(`${sha256(manifest)}\n`)));
    await file.write(tarEnd());
    await file.sync();
    await file.close();
    await rename(partial, target);
    return (await stat(target)).size;
  } finally {
    await rm(partial, { force: true });
  }
}

type Opened = Awaited<ReturnType<typeof open>>;

const memberOf = (name: string, content: Buffer) =>
  Buffer.concat([tarHead({ name, bytes: content.length }), content, tarFill(content.length)]);

async function writeMember(file: Opened, folder: string, name: string): Promise<void> {
  const path = join(folder, name);
  const { size: bytes } = await stat(path);
  if (bytes > LARGEST_PACKED_BYTES) {
    await file.write(tarHead({ name, bytes }));
    for await (const chunk of createReadStream(path)) await file.write(chunk as Buffer);
    await file.write(tarFill(bytes));
    return;
  }
  const content = await readFile(path);
  const packed = gzipSync(content);
  const isSmaller = packed.length < 0.9 * content.length;
  await file.write(isSmaller ? memberOf(`${name}.gz`, packed) : memberOf(name, content));
}

/** Opens a bundle, in a file or a folder, for as long as `use` takes. A file is unpacked into a folder that is removed again. */
export async function withBundleFolder<T>(
  path: string,
  use: (folder: string, damage: Problem[]) => Promise<T>,
): Promise<T> {
  const found = await stat(path).catch(() => null);
  if (found === null) throw new RanksweepError('NOT_FOUND', `${path} is not there.`);
  if (found.isDirectory()) return use(path, []);
  const folder = await mkdtemp(join(tmpdir(), 'ranksweep-bundle-'));
  try {
    return await use(folder, await unpackArchive(path, folder));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** @returns what could not be unpacked, by member. @throws RanksweepError INVALID_INPUT if it is no archive of a bundle */
async function unpackArchive(path: string, folder: string): Promise<Problem[]> {
  const problems: Problem[] = [];
  const file = await open(path, 'r');
  let seal: string | null = null;
  try {
    for await (const { name, bytes, at } of tarMembers(file)) {
      const range = { start: at, end: at + bytes - 1 };
      const plain = name.replace(/\.gz$/, '');
      if (name === SEAL_FILE) seal = (await readPart(path, at, bytes)).toString('utf8').trim();
      else if (plain !== MANIFEST_FILE && !SAFE_PATH.test(plain)) problems.push(foreign(name));
      else await unpackMember(path, range, join(folder, plain), name !== plain).catch(broken(name, problems));
    }
  } finally {
    await file.close();
  }
  return [...problems, ...(await sealProblems(folder, seal))];
}

async function unpackMember(
  path: string,
  range: { start: number; end: number },
  target: string,
  isPacked: boolean,
): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  if (range.end < range.start) return writeFile(target, '');
  const content = createReadStream(path, range);
  const output = createWriteStream(target);
  if (isPacked) await pipeline(content, createGunzip(), output);
  else await pipeline(content, output);
}

async function readPart(path: string, at: number, bytes: number): Promise<Buffer> {
  const file = await open(path, 'r');
  const part = Buffer.alloc(Math.min(bytes, 4096));
  await file.read(part, 0, part.length, at);
  await file.close();
  return part;
}

const foreign = (name: string): Problem => ({ field: name, message: 'no bundle has a member of this name' });

const broken = (name: string, problems: Problem[]) => (error: Error) => {
  problems.push({ field: name.replace(/\.gz$/, ''), message: `it cannot be unpacked: ${error.message}` });
};

async function sealProblems(folder: string, seal: string | null): Promise<Problem[]> {
  const manifest = await readFile(join(folder, MANIFEST_FILE)).catch(() => null);
  if (manifest === null || seal === null) {
    const missing = manifest === null ? MANIFEST_FILE : SEAL_FILE;
    return [{ field: missing, message: 'it is missing: the archive is cut off, or no bundle' }];
  }
  if (sha256(manifest) === seal) return [];
  return [
    { field: MANIFEST_FILE, message: `it has the SHA-256 ${sha256(manifest)}, ${SEAL_FILE} says ${seal}` },
  ];
}
