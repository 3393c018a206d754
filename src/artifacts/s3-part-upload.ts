import { createHash } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { RanksweepError } from '../core/errors.js';
import { type S3Requests, xmlText } from './s3-requests.js';

/** Larger contents are sent in parts, so that what is tried again is never much. */
export const LARGEST_SINGLE_PUT = 64 * 2 ** 20;
/** 10,000 parts at most, each at least 5 MiB: S3's limits. One part is in memory at a time. */
const PART_BYTES = 16 * 2 ** 20;

/** One object sent in parts. It appears when the last step succeeds; until then nobody sees it. */
export class S3PartUpload {
  constructor(
    private readonly requests: S3Requests,
    private readonly key: string,
  ) {}

  async send(path: string, bytes: number): Promise<void> {
    const uploadId = await this.begin();
    try {
      await this.complete(uploadId, await this.sendParts(uploadId, path, bytes));
    } catch (error) {
      await this.abort(uploadId);
      throw error;
    }
  }

  private async begin(): Promise<string> {
    const answer = await this.requests.send({ method: 'POST', key: this.key, query: { uploads: '' } });
    const uploadId = xmlText(await answer.text(), 'UploadId');
    if (uploadId !== null) return uploadId;
    throw new RanksweepError('UNAVAILABLE', "the artifacts' store began an upload without naming it");
  }

  /** @returns the parts' tags, in their order */
  private async sendParts(uploadId: string, path: string, bytes: number): Promise<string[]> {
    const handle = await open(path);
    const tags: string[] = [];
    try {
      for (let at = 0; at < bytes; at += PART_BYTES) {
        const part = await readPart(handle, at, Math.min(PART_BYTES, bytes - at));
        tags.push(await this.sendPart(uploadId, tags.length + 1, part));
      }
      return tags;
    } finally {
      await handle.close();
    }
  }

  private async sendPart(uploadId: string, number: number, part: Uint8Array): Promise<string> {
    const query = { partNumber: String(number), uploadId };
    const sha256 = createHash('sha256').update(part).digest('hex');
    const body = () => part as unknown as BodyInit;
    const answer = await this.requests.send({ method: 'PUT', key: this.key, query, body, sha256 });
    await answer.arrayBuffer();
    return answer.headers.get('etag') ?? '';
  }

  /** S3 may answer 200 and tell of a failure in the body. */
  private async complete(uploadId: string, tags: string[]): Promise<void> {
    const parts = tags.map((tag, i) => `<Part><PartNumber>${i + 1}</PartNumber><ETag>${tag}</ETag></Part>`);
    const xml = `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`;
    const answer = await this.requests.send({
      method: 'POST',
      key: this.key,
      query: { uploadId },
      headers: { 'content-type': 'application/xml' },
      body: () => xml,
      sha256: createHash('sha256').update(xml).digest('hex'),
    });
    const text = await answer.text();
    if (!text.includes('<Error>')) return;
    throw new RanksweepError(
      'UNAVAILABLE',
      `the artifacts' store could not join the parts: ${xmlText(text, 'Message')}`,
    );
  }

  /** What is not cleared away costs money; that it failed is told already. */
  private async abort(uploadId: string): Promise<void> {
    await this.requests
      .send({ method: 'DELETE', key: this.key, query: { uploadId }, accept: [404] })
      .catch(() => {});
  }
}

async function readPart(handle: FileHandle, position: number, bytes: number): Promise<Uint8Array> {
  const part = Buffer.alloc(bytes);
  for (let at = 0; at < bytes; ) {
    const { bytesRead } = await handle.read(part, at, bytes - at, position + at);
    if (bytesRead === 0) throw new Error('the file became shorter while it was sent');
    at += bytesRead;
  }
  return part;
}
