import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import type { S3Settings } from '../access/artifact-settings.js';
import { checkSha256, SHA256 } from './artifact-name.js';
import type { BlobStore, ByteRange, SpooledFile } from './blob-store.js';
import { LARGEST_SINGLE_PUT, S3PartUpload } from './s3-part-upload.js';
import { S3Requests, xmlElements, xmlText } from './s3-requests.js';

/** Contents in a bucket: PREFIX/ab/abcdef…. */
export class S3Blobs implements BlobStore {
  readonly kind = 's3';
  readonly isRemote = true;
  readonly place: string;
  private readonly requests: S3Requests;

  constructor(private readonly settings: S3Settings) {
    this.place = `s3://${settings.bucket}/${settings.prefix}`;
    this.requests = new S3Requests(settings);
  }

  async bytes(sha256: string): Promise<number | null> {
    const answer = await this.requests.send({ method: 'HEAD', key: this.key(sha256), accept: [404] });
    return answer.status === 404 ? null : Number(answer.headers.get('content-length'));
  }

  async read(sha256: string, range?: ByteRange): Promise<Readable> {
    const headers = range ? { range: `bytes=${range.first}-${range.last}` } : undefined;
    const { body } = await this.requests.send({ method: 'GET', key: this.key(sha256), headers });
    return body === null ? Readable.from([]) : Readable.fromWeb(body as never);
  }

  /** The server refuses a body that has not the hash which the request names. */
  async put({ path, sha256, bytes }: SpooledFile): Promise<void> {
    const key = this.key(sha256);
    if (bytes > LARGEST_SINGLE_PUT) return new S3PartUpload(this.requests, key).send(path, bytes);
    const body = () => (bytes === 0 ? '' : (Readable.toWeb(createReadStream(path)) as unknown as BodyInit));
    const headers = { 'content-length': String(bytes), 'content-type': 'application/octet-stream' };
    const answer = await this.requests.send({ method: 'PUT', key, body, sha256, headers });
    await answer.arrayBuffer();
  }

  async remove(sha256: string): Promise<void> {
    await this.requests.send({ method: 'DELETE', key: this.key(sha256), accept: [404] });
  }

  async *list(): AsyncIterable<Omit<SpooledFile, 'path'>> {
    let token: string | null = null;
    do {
      const query: Record<string, string> = { 'list-type': '2', prefix: this.settings.prefix };
      if (token !== null) query['continuation-token'] = token;
      const xml: string = await (await this.requests.send({ method: 'GET', query })).text();
      for (const object of xmlElements(xml, 'Contents')) {
        const sha256 = xmlText(object, 'Key')?.slice(this.settings.prefix.length + 'ab/'.length) ?? '';
        if (SHA256.test(sha256)) yield { sha256, bytes: Number(xmlText(object, 'Size')) };
      }
      token = xmlText(xml, 'NextContinuationToken');
    } while (token !== null);
  }

  private key(sha256: string): string {
    checkSha256(sha256);
    return `${this.settings.prefix}${sha256.slice(0, 2)}/${sha256}`;
  }
}
