import { createHash, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { BlobStore } from '../../src/artifacts/blob-store.js';
import { DiskBlobs } from '../../src/artifacts/disk-blobs.js';
import { S3Blobs } from '../../src/artifacts/s3-blobs.js';
import { LARGEST_SINGLE_PUT } from '../../src/artifacts/s3-part-upload.js';
import { UploadSpool } from '../../src/artifacts/upload-spool.js';
import { BUCKET, newPlace } from '../artifacts/blob-stores.js';

jest.setTimeout(120_000);

/** What every place for contents promises. `npm run test:s3` runs it on a bucket. */
describe(BUCKET === undefined ? 'a folder' : 'a bucket', () => {
  const settings = newPlace();
  const { place } = settings;
  let blobs: BlobStore;
  let spool: UploadSpool;

  beforeAll(() => {
    blobs = 's3' in place ? new S3Blobs(place.s3) : new DiskBlobs(place.folder);
    spool = new UploadSpool(settings.spoolFolder);
  });
  afterAll(() => rmSync(settings.dataFolder, { recursive: true }));

  async function put(content: Buffer) {
    const file = await spool.receive(piecesOf(content), () => {});
    await blobs.put(file);
    await spool.discard(file);
    return file.sha256;
  }

  async function* piecesOf(content: Buffer) {
    for (let at = 0; at < content.length; at += 1_000_000) yield content.subarray(at, at + 1_000_000);
  }

  async function read(sha256: string, range?: { first: number; last: number }): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for await (const piece of await blobs.read(sha256, range)) pieces.push(piece);
    return Buffer.concat(pieces);
  }

  async function listed(): Promise<Map<string, number>> {
    const found = new Map<string, number>();
    for await (const { sha256, bytes } of blobs.list()) found.set(sha256, bytes);
    return found;
  }

  test('an empty place has nothing', async () => {
    const hash = 'a'.repeat(64);
    expect([await blobs.bytes(hash), (await listed()).size]).toEqual([null, 0]);
    await blobs.remove(hash);
  });

  test.each([0, 1, 1_500_000])(
    '%i bytes come back as they were put in, in whole and in parts',
    async (size) => {
      const content = randomBytes(size);
      const hash = await put(content);
      expect(hash).toBe(createHash('sha256').update(content).digest('hex'));
      expect(await blobs.bytes(hash)).toBe(size);
      expect((await read(hash)).equals(content)).toBe(true);
      if (size > 0) expect(await read(hash, { first: 0, last: 0 })).toEqual(content.subarray(0, 1));
      if (size > 9) expect(await read(hash, { first: 5, last: 8 })).toEqual(content.subarray(5, 9));
      expect((await listed()).get(hash)).toBe(size);
    },
  );

  test('a content may be put again, and is gone once it is removed', async () => {
    const content = randomBytes(10);
    expect(await put(content)).toBe(await put(content));
    const hash = await put(content);
    await blobs.remove(hash);
    expect([await blobs.bytes(hash), (await listed()).has(hash)]).toEqual([null, false]);
    await expect(read(hash)).rejects.toThrow();
  });

  test('who reads goes on reading while it is removed', async () => {
    const content = randomBytes(3_000_000);
    const hash = await put(content);
    const stream = await blobs.read(hash);
    await blobs.remove(hash);
    const pieces: Buffer[] = [];
    for await (const piece of stream) pieces.push(piece);
    expect(Buffer.concat(pieces).equals(content)).toBe(true);
  });

  test('an address that is no hash is refused', async () => {
    await expect(blobs.bytes('../../etc/passwd')).rejects.toThrow(/64 lower-case hexadecimal/);
  });

  if (BUCKET === undefined) return;

  test('a content of more than 64 MB is sent in parts', async () => {
    const content = Buffer.concat([
      randomBytes(1_000_000),
      Buffer.alloc(LARGEST_SINGLE_PUT),
      randomBytes(99),
    ]);
    const hash = await put(content);
    expect(await blobs.bytes(hash)).toBe(content.length);
    expect(await read(hash, { first: content.length - 99, last: content.length - 1 })).toEqual(
      content.subarray(-99),
    );
    expect((await read(hash)).equals(content)).toBe(true);
  });

  test('more than a thousand contents are listed', async () => {
    const before = (await listed()).size;
    await Promise.all(Array.from({ length: 1005 }, (_, i) => put(Buffer.from(`content ${i}`))));
    expect((await listed()).size).toBe(before + 1005);
  });

  test('a wrong key is told, and the right one never is', async () => {
    if (!('s3' in place)) throw new Error('not a bucket');
    const { secretAccessKey } = place.s3;
    const stranger = new S3Blobs({ ...place.s3, secretAccessKey: `${secretAccessKey}x` });
    const error = await stranger.bytes('a'.repeat(64)).catch((e: Error) => e);
    expect(error).toMatchObject({ code: 'UNAVAILABLE', message: expect.stringContaining('403') });
    expect((error as Error).message).not.toContain(secretAccessKey);
  });
});
