import { pipeline } from 'node:stream/promises';
import { Controller, Get, Param, Put, Query, Req, Res, UseFilters } from '@nestjs/common';
import type { Request, Response } from 'express';
import { HttpErrorFilter } from '../access/http-error.filter.js';
import { found } from '../access/store.js';
import { RanksweepError } from '../core/errors.js';
import { ArtifactService } from './artifact.service.js';
import { MAX_ARTIFACT_BYTES } from './artifact-folder.js';

/** Files by the hash of their content. Bodies are streamed both ways and never parsed. */
@Controller('artifacts')
@UseFilters(HttpErrorFilter)
export class ArtifactController {
  constructor(private readonly artifacts: ArtifactService) {}

  /** 201: stored; 200: was here already; 422: the content has another hash. */
  @Put(':sha256')
  async upload(@Param('sha256') sha256: string, @Req() request: Request, @Res() response: Response) {
    refuseTooLarge(request);
    const stored = await this.artifacts.folder.write(sha256, request).catch(unlessHungUp(request));
    if (stored === undefined) return;
    if (!stored) request.resume();
    response.status(stored ? 201 : 200).json({ sha256 });
  }

  /** Answers HEAD too. `name` is what the browser saves it as. */
  @Get(':sha256')
  async download(
    @Param('sha256') sha256: string,
    @Query('name') name: unknown,
    @Req() request: Request,
    @Res() response: Response,
  ) {
    const bytes = found(await this.artifacts.folder.bytes(sha256), 'artifact', sha256);
    response.set({
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(bytes),
      'Content-Disposition': disposition(typeof name === 'string' ? name : sha256),
      'Content-Security-Policy': "sandbox; default-src 'none'",
      'Cache-Control': 'private, max-age=31536000, immutable',
    });
    if (request.method === 'HEAD') response.end();
    else await pipeline(this.artifacts.folder.read(sha256), response).catch(unlessHungUp(request));
  }
}

/** Always a download, never shown in the page's own origin. */
function disposition(name: string): string {
  const base = name.split('/').at(-1)!.slice(0, 200);
  return `attachment; filename*=UTF-8''${encodeURIComponent(base).replace(/['()*]/g, (c) => `%${c.charCodeAt(0).toString(16)}`)}`;
}

/** A client that hangs up is no error of the server's: nobody is left to be told. */
function unlessHungUp(request: Request): (error: unknown) => undefined {
  return (error) => {
    if (!request.socket.destroyed) throw error;
  };
}

function refuseTooLarge(request: Request): void {
  if (Number(request.headers['content-length'] ?? 0) <= MAX_ARTIFACT_BYTES) return;
  throw new RanksweepError('TOO_LARGE', `an artifact may have ${MAX_ARTIFACT_BYTES} bytes at most`);
}
