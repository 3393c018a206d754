import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import type { BlobStore } from './blob-store.js';
import { parseRange } from './byte-range.js';

export interface SentArtifact {
  sha256: string;
  bytes: number;
  /** what a browser saves it as */
  name: string;
  /** whether another content may come under the same address */
  mayChange?: boolean;
}

/** Answers GET and HEAD with a content, or the part of it that the request asks for (Range, If-Range, If-None-Match: RFC 9110). */
export async function sendArtifact(
  blobs: BlobStore,
  { sha256, bytes, name, mayChange }: SentArtifact,
  request: Request,
  response: Response,
): Promise<void> {
  const tag = `"${sha256}"`;
  response.set({
    ETag: tag,
    'Accept-Ranges': 'bytes',
    'Content-Type': 'application/octet-stream',
    'Content-Disposition': disposition(name),
    'Content-Security-Policy': "sandbox; default-src 'none'",
    'Cache-Control': mayChange ? 'private, no-cache' : 'private, max-age=31536000, immutable',
  });
  if (isKnown(request.headers['if-none-match'], tag)) return void response.status(304).end();
  const condition = request.headers['if-range'];
  const asked = condition === undefined || condition === tag ? request.headers.range : undefined;
  const range = request.method === 'GET' ? parseRange(asked, bytes) : 'whole';
  if (range === 'outside') return void response.status(416).set('Content-Range', `bytes */${bytes}`).end();
  if (range !== 'whole')
    response.status(206).set('Content-Range', `bytes ${range.first}-${range.last}/${bytes}`);
  response.set('Content-Length', String(range === 'whole' ? bytes : range.last - range.first + 1));
  if (request.method === 'HEAD') return void response.end();
  const content = await blobs.read(sha256, range === 'whole' ? undefined : range);
  await pipeline(content, response).catch(unlessHungUp(request));
}

function isKnown(header: string | undefined, tag: string): boolean {
  return header?.split(',').some((known) => ['*', tag, `W/${tag}`].includes(known.trim())) ?? false;
}

/** Always a download, never shown in the page's own origin. */
function disposition(name: string): string {
  const base = [...name.split('/').at(-1)!].slice(0, 200).join('');
  return `attachment; filename*=UTF-8''${encodeURIComponent(base).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)}`;
}

/** A client that hangs up is no error of the server's: nobody is left to be told. */
export function unlessHungUp(request: Request): (error: unknown) => undefined {
  return (error) => {
    if (!request.socket.destroyed) throw error;
  };
}
