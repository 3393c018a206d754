import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { RanksweepError } from '../core/errors.js';
import { checkSha256 } from './artifact-name.js';

/** Larger files are refused: an adapter has megabytes, a full small model a few gigabytes. */
export const MAX_ARTIFACT_BYTES = 8 * 2 ** 30;

/** Files known by the hash of their content: FOLDER/ab/abcdef…. The path is computed from the hash alone. */
export class ArtifactFolder {
  constructor(private readonly folder: string) {}

  path(sha256: string): string {
    checkSha256(sha256);
    return join(this.folder, sha256.slice(0, 2), sha256);
  }

  /** @returns its size, or null if it is not here */
  async bytes(sha256: string): Promise<number | null> {
    const found = await stat(this.path(sha256)).catch(() => null);
    return found?.isFile() ? found.size : null;
  }

  read(sha256: string): Readable {
    return createReadStream(this.path(sha256));
  }

  /**
   * Streams the content to a temporary file, checks its hash, syncs it and renames it into place, so that a half or wrong file never
   * bears a hash.
   * @returns false if the file was here already
   * @throws RanksweepError INVALID_INPUT when the content has another hash, TOO_LARGE
   */
  async write(sha256: string, content: Readable): Promise<boolean> {
    const target = this.path(sha256);
    if ((await this.bytes(sha256)) !== null) return false;
    const temporary = join(this.folder, `upload-${randomUUID()}`);
    await mkdir(dirname(target), { recursive: true, mode: 0o700 });
    try {
      await this.writeTemporary(temporary, sha256, content);
      await rename(temporary, target);
      await syncFolder(dirname(target));
      return true;
    } finally {
      await rm(temporary, { force: true });
    }
  }

  /**
   * Stores content whose hash nobody has computed yet.
   * @throws RanksweepError TOO_LARGE
   */
  async add(content: Readable): Promise<{ sha256: string; bytes: number }> {
    const temporary = join(this.folder, `upload-${randomUUID()}`);
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    try {
      const sha256 = await writeHashed(temporary, content);
      const target = this.path(sha256);
      if ((await this.bytes(sha256)) === null) {
        await mkdir(dirname(target), { recursive: true, mode: 0o700 });
        await rename(temporary, target);
        await syncFolder(dirname(target));
      }
      return { sha256, bytes: (await stat(target)).size };
    } finally {
      await rm(temporary, { force: true });
    }
  }

  private async writeTemporary(path: string, sha256: string, content: Readable): Promise<void> {
    const actual = await writeHashed(path, content);
    if (actual === sha256) return;
    throw new RanksweepError(
      'INVALID_INPUT',
      `the content has the SHA-256 ${actual}, not ${sha256}: it was damaged on its way, or the name is wrong`,
    );
  }
}

/** @returns the content's SHA-256 */
async function writeHashed(path: string, content: Readable): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(content, hashing(hash), createWriteStream(path, { mode: 0o600, flags: 'wx', flush: true }));
  return hash.digest('hex');
}

function hashing(hash: ReturnType<typeof createHash>): Transform {
  let bytes = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > MAX_ARTIFACT_BYTES) {
        done(new RanksweepError('TOO_LARGE', `an artifact may have ${MAX_ARTIFACT_BYTES} bytes at most`));
        return;
      }
      hash.update(chunk);
      done(null, chunk);
    },
  });
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
