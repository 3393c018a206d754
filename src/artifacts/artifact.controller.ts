import { Controller, Get, Param, Put, Query, Req, Res, UseFilters } from '@nestjs/common';
import type { Request, Response } from 'express';
import { HttpErrorFilter } from '../access/http-error.filter.js';
import { found } from '../access/store.js';
import { ArtifactStorage } from './artifact-storage.js';
import { sendArtifact, unlessHungUp } from './send-artifact.js';
import { uploadBody } from './upload-body.js';

/** Files by the hash of their content. Bodies are streamed both ways and never parsed. */
@Controller('artifacts')
@UseFilters(HttpErrorFilter)
export class ArtifactController {
  constructor(private readonly storage: ArtifactStorage) {}

  /** 201: stored; 200: was here already; 422: the content has another hash; 413: a quota. `run` is whose project's quota counts. */
  @Put(':sha256')
  async upload(
    @Param('sha256') sha256: string,
    @Query('run') run: unknown,
    @Req() request: Request,
    @Res() response: Response,
  ) {
    const ownerId = typeof run === 'string' ? run : null;
    const upload = { ...uploadBody(request), sha256, ownerId };
    const stored = await this.storage.upload(upload).catch(unlessHungUp(request));
    if (stored === undefined) return;
    const { isNew, bytes } = stored;
    response.status(isNew ? 201 : 200).json({ sha256, bytes });
  }

  /** Answers HEAD too: then it is kept a while for who is about to refer to it. `name` is what the browser saves it as. */
  @Get(':sha256')
  async download(
    @Param('sha256') sha256: string,
    @Query('name') name: unknown,
    @Req() request: Request,
    @Res() response: Response,
  ) {
    const { blobs } = this.storage;
    const size = request.method === 'HEAD' ? this.storage.touch(sha256) : blobs.bytes(sha256);
    const bytes = found(await size, 'artifact', sha256);
    const sent = { sha256, bytes, name: typeof name === 'string' ? name : sha256 };
    await sendArtifact(blobs, sent, request, response);
  }
}
