import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import { checkSha256, SHA256 } from './artifact-name.js';
import type { BlobStore, ByteRange, SpooledFile } from './blob-store.js';

/** Contents in a folder: FOLDER/ab/abcdef…. The path is computed from the hash alone. */
export class DiskBlobs implements BlobStore {
  readonly kind = 'disk';
  readonly isRemote = false;

  constructor(readonly place: string) {}

  async bytes(sha256: string): Promise<number | null> {
    const found = await stat(this.path(sha256)).catch(nullIfMissing);
    return found?.isFile() ? found.size : null;
  }

  /** Opened before it is returned: who has the stream reads on, even if the content is removed meanwhile. */
  async read(sha256: string, range?: ByteRange): Promise<Readable> {
    const handle = await open(this.path(sha256));
    return createReadStream('', { fd: handle, start: range?.first, end: range?.last });
  }

  /** The file is synced already: once its new folder is, it is there after a power cut too. */
  async put({ path, sha256 }: SpooledFile): Promise<void> {
    const target = this.path(sha256);
    const isNewFolder = (await mkdir(dirname(target), { recursive: true, mode: 0o700 })) !== undefined;
    await rename(path, target);
    await syncFolder(dirname(target));
    if (isNewFolder) await syncFolder(this.place);
  }

  async remove(sha256: string): Promise<void> {
    await rm(this.path(sha256), { force: true });
  }

  async *list(): AsyncIterable<Omit<SpooledFile, 'path'>> {
    for (const folder of await namesIn(this.place)) {
      if (!/^[0-9a-f]{2}$/.test(folder)) continue;
      for (const sha256 of await namesIn(join(this.place, folder))) {
        const bytes = SHA256.test(sha256) ? await this.bytes(sha256) : null;
        if (bytes !== null) yield { sha256, bytes };
      }
    }
  }

  private path(sha256: string): string {
    checkSha256(sha256);
    return join(this.place, sha256.slice(0, 2), sha256);
  }
}

async function namesIn(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(nullIfMissing)) ?? [];
}

/** Any other failure of a disk is one, and never taken for an empty place. */
function nullIfMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT') return null;
  throw error;
}

/** A rename is durable once its folder is synced. */
async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
