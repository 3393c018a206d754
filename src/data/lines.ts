import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** What passed through a reader so far; complete when the lines are at their end. */
export interface FileDigest {
  bytes: number;
  hash: Hash;
}

/**
 * The lines of a UTF-8 file as a stream, without their line ends (LF or CRLF) and without a byte order mark.
 * @throws TypeError for bytes that are not UTF-8, and the file system's error for a file that cannot be read
 */
export async function* readLines(path: string, digest: FileDigest): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let unfinished: string[] = [];
  for await (const chunk of createReadStream(path)) {
    digest.bytes += chunk.length;
    digest.hash.update(chunk);
    const [first, ...others] = decoder.decode(chunk, { stream: true }).split('\n') as [string, ...string[]];
    unfinished.push(first);
    for (const next of others) {
      yield withoutCarriageReturn(unfinished.join(''));
      unfinished = [next];
    }
  }
  const last = unfinished.join('') + decoder.decode();
  if (last !== '') yield withoutCarriageReturn(last);
}

export const newDigest = (): FileDigest => ({ bytes: 0, hash: createHash('sha256') });

const withoutCarriageReturn = (line: string) => (line.endsWith('\r') ? line.slice(0, -1) : line);
