import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SpooledFile } from './blob-store.js';

/** What of an upload is left behind by a crash is removed this long after it was written last. */
const STALE_MS = 24 * 3_600_000;

/**
 * Uploads on their way in. Each is written to a file of its own, hashed while it comes, and synced; a content is passed on only when it is
 * complete, so that a half or wrong one never bears a hash.
 */
export class UploadSpool {
  private readonly underWay = new Set<string>();

  constructor(private readonly folder: string) {}

  /**
   * @param onChunk is told each chunk's size before it is written, and may refuse by throwing
   * @throws what the content's stream or `onChunk` throw; then nothing is left
   */
  async receive(content: AsyncIterable<Uint8Array>, onChunk: (bytes: number) => void): Promise<SpooledFile> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const path = join(this.folder, `upload-${randomUUID()}`);
    this.underWay.add(path);
    try {
      const handle = await open(path, 'wx', 0o600);
      try {
        return { path, ...(await writeHashed(handle, content, onChunk)) };
      } finally {
        await handle.close();
      }
    } catch (error) {
      await this.discard({ path });
      throw error;
    }
  }

  async discard({ path }: Pick<SpooledFile, 'path'>): Promise<void> {
    await rm(path, { force: true });
    this.underWay.delete(path);
  }

  /** Removes what uploads left behind that ended with a process. @returns how many bytes that frees, or would */
  async sweep(now: number, { dryRun }: { dryRun: boolean }): Promise<number> {
    let bytes = 0;
    for (const name of await readdir(this.folder).catch(() => [])) {
      const path = join(this.folder, name);
      const found = this.underWay.has(path) ? null : await stat(path).catch(() => null);
      if (found === null || !name.startsWith('upload-') || now - found.mtimeMs < STALE_MS) continue;
      bytes += found.size;
      if (!dryRun) await this.discard({ path });
    }
    return bytes;
  }
}

async function writeHashed(
  handle: FileHandle,
  content: AsyncIterable<Uint8Array>,
  onChunk: (bytes: number) => void,
): Promise<Omit<SpooledFile, 'path'>> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of content) {
    onChunk(chunk.length);
    hash.update(chunk);
    bytes += chunk.length;
    await handle.writeFile(chunk);
  }
  await handle.sync();
  return { sha256: hash.digest('hex'), bytes };
}
