import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { RanksweepError } from '../core/errors.js';
import type { ApiClient } from './api-client.js';
import { httpError } from './server-errors.js';

export interface FileHash {
  sha256: string;
  bytes: number;
}

/** SHA-256 and size of a file, read as a stream. */
export async function hashFile(path: string): Promise<FileHash> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { sha256: hash.digest('hex'), bytes: (await stat(path)).size };
}

/** Gigabytes may be on their way for long; a connection that is dead is noticed by itself. */
const TRANSFER_MS = 6 * 3_600_000;

/** A content that is known by its hash, and where its bytes come from if the server lacks it: a file's path, or a function. */
export interface KnownContent extends FileHash {
  source: string | (() => Promise<Uint8Array>);
}

/**
 * Stores a file on the server under the hash of its content, unless it is there already.
 * @param runId of the run that it is for: its project's quota counts
 * @throws RanksweepError TOO_LARGE if a quota is exceeded
 */
export async function uploadFile(client: ApiClient, path: string, runId?: string): Promise<FileHash> {
  const file = await hashFile(path);
  await uploadContent(client, { ...file, source: path }, runId);
  return file;
}

/** Likewise for what was hashed before. @throws RanksweepError INVALID_INPUT if it has another content by now */
export async function uploadContent(
  client: ApiClient,
  { sha256, bytes, source }: KnownContent,
  runId?: string,
): Promise<void> {
  const target = `/artifacts/${sha256}${runId === undefined ? '' : `?run=${encodeURIComponent(runId)}`}`;
  if ((await client.fetch(target, { method: 'HEAD' }, true)).ok) return;
  const headers = { 'content-type': 'application/octet-stream', 'content-length': String(bytes) };
  const init = { method: 'PUT', body: await bodyOf(source), headers, duplex: 'half' } as RequestInit;
  const response = await client.fetch(target, init, false, TRANSFER_MS);
  if (!response.ok) throw await httpError(response);
  await response.arrayBuffer();
}

async function bodyOf(source: KnownContent['source']): Promise<BodyInit> {
  if (typeof source !== 'string') return (await source()) as BodyInit;
  return Readable.toWeb(createReadStream(source)) as unknown as BodyInit;
}

/** Fetches a file by its hash. The target appears only when it is complete and its content has that hash. */
export async function downloadFile(client: ApiClient, sha256: string, target: string): Promise<void> {
  const response = await client.fetch(`/artifacts/${sha256}`, {}, true, TRANSFER_MS);
  if (!response.ok || response.body === null) throw await httpError(response);
  await mkdir(dirname(target), { recursive: true });
  const partial = `${target}.${process.pid}.part`;
  try {
    const found = await writeHashing(response.body, partial);
    if (found !== sha256) throw damaged(sha256, found);
    await rename(partial, target);
  } finally {
    await rm(partial, { force: true });
  }
}

async function writeHashing(body: ReadableStream, path: string): Promise<string> {
  const hash = createHash('sha256');
  const hashing = new Transform({
    transform(chunk, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(Readable.fromWeb(body as never), hashing, createWriteStream(path));
  return hash.digest('hex');
}

function damaged(wanted: string, found: string): RanksweepError {
  return new RanksweepError(
    'INTERNAL',
    `The server sent a damaged file: its hash is ${found}, not ${wanted}.`,
  );
}
