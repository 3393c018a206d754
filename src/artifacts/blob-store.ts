import type { Readable } from 'node:stream';

/** Positions of the first and the last byte, both included. */
export interface ByteRange {
  first: number;
  last: number;
}

/** A file that was read in whole: its content is on this machine's disk, and its hash is known. */
export interface SpooledFile {
  path: string;
  sha256: string;
  bytes: number;
}

/**
 * Where contents lie, each known by its SHA-256. The database says which of them are there and who refers to them; a content appears here
 * whole or not at all, and is removed only within a transaction (storage.service.ts), so that what a transaction finds here stays for it.
 */
export interface BlobStore {
  readonly kind: 'disk' | 's3';
  /** the folder, or s3://bucket/prefix: for people */
  readonly place: string;
  /** whether `put` sends the content over a network: then it is called before a transaction too */
  readonly isRemote: boolean;
  /** @returns its size, or null if it is not here */
  bytes(sha256: string): Promise<number | null>;
  /** @param range of a content that is here; default: all of it */
  read(sha256: string, range?: ByteRange): Promise<Readable>;
  /** Takes a file in. It may be moved away from where it is. */
  put(file: SpooledFile): Promise<void>;
  /** What is not here is removed already. */
  remove(sha256: string): Promise<void>;
  /** Everything that is here. */
  list(): AsyncIterable<Omit<SpooledFile, 'path'>>;
}
