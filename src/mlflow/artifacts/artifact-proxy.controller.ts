import { Controller, Delete, Get, Put, Query, Req, Res, UseFilters } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ArtifactService } from '../../artifacts/artifact.service.js';
import { sendArtifact, unlessHungUp } from '../../artifacts/send-artifact.js';
import { uploadBody } from '../../artifacts/upload-body.js';
import { LoggedModelService } from '../models/logged-model.service.js';
import { MlflowErrorFilter } from '../protocol/mlflow-error.filter.js';
import { doesNotExist, invalidParameter } from '../protocol/mlflow-error.js';
import { RequestFields } from '../protocol/request-fields.js';
import { MlflowRunService } from '../runs/mlflow-run.service.js';
import { type ArtifactPath, listFolder, parseArtifactPath } from './artifact-path.js';

/** The files of runs and models at `mlflow-artifacts:/…`. Bodies are streamed both ways. */
@Controller(['api/2.0/mlflow-artifacts', 'ajax-api/2.0/mlflow-artifacts'])
@UseFilters(MlflowErrorFilter)
export class ArtifactProxyController {
  constructor(
    private readonly artifacts: ArtifactService,
    private readonly runs: MlflowRunService,
    private readonly models: LoggedModelService,
  ) {}

  @Get('artifacts')
  async list(@Query() query: unknown) {
    const path = parseArtifactPath(new RequestFields(query).textOrEmpty('path'));
    const files = path === null ? [] : await this.artifacts.ofRun(path.ownerId);
    return { files: listFolder(files, path?.name ?? '') };
  }

  @Put('artifacts/*path')
  async upload(@Req() request: Request, @Res() response: Response) {
    const path = wholePath(request);
    await this.checkOwner(path);
    const stored = await this.artifacts
      .store(path.ownerId, path.name, uploadBody(request))
      .catch(unlessHungUp(request));
    if (stored !== undefined) response.json({});
  }

  @Get('artifacts/*path')
  async download(@Req() request: Request, @Res() response: Response) {
    const { ownerId, name } = wholePath(request);
    const file = await this.artifacts.find(ownerId, name);
    if (file === null) throw doesNotExist(`No such artifact: '${name}'`);
    const { sha256, bytes } = file;
    await sendArtifact(
      this.artifacts.storage.blobs,
      { sha256, bytes, name, mayChange: true },
      request,
      response,
    );
  }

  @Delete('artifacts/*path')
  async delete(@Req() request: Request, @Res() response: Response) {
    const path = decodedPath(request);
    const parsed = parseArtifactPath(path);
    if (parsed === null)
      throw invalidParameter(`Only files of runs and models can be deleted, found '${path}'`);
    await this.artifacts.remove(parsed.ownerId, parsed.name);
    response.json({});
  }

  /** Files belong to something that is there. */
  private async checkOwner({ kind, ownerId }: ArtifactPath): Promise<void> {
    if (kind === 'run') await this.runs.active(ownerId);
    else await this.models.byId(ownerId);
  }
}

function wholePath(request: Request): ArtifactPath {
  const path = decodedPath(request);
  const parsed = parseArtifactPath(path);
  if (parsed !== null && parsed.name !== '') return parsed;
  throw invalidParameter(`Invalid path: ${JSON.stringify(path.slice(0, 300))}`);
}

/** Decoded once, here: the router decodes differently from version to version. */
function decodedPath({ path }: Request): string {
  const encoded = path.replace(/^.*?\/mlflow-artifacts\/artifacts\//, '');
  try {
    return encoded.split('/').map(decodeURIComponent).join('/');
  } catch {
    throw invalidParameter(`Invalid path: ${JSON.stringify(encoded.slice(0, 300))}`);
  }
}
