import { pipeline } from 'node:stream/promises';
import { Controller, Delete, Get, Put, Query, Req, Res, UseFilters } from '@nestjs/common';
import type { Request, Response } from 'express';
import { ArtifactService } from '../../artifacts/artifact.service.js';
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
    try {
      await this.artifacts.store(path.ownerId, path.name, request);
      response.json({});
    } catch (error) {
      // a client that hangs up is no error of the server's, and nobody is left to be told
      if (!request.socket.destroyed) throw error;
    }
  }

  @Get('artifacts/*path')
  async download(@Req() request: Request, @Res() response: Response) {
    const { ownerId, name } = wholePath(request);
    const file = await this.artifacts.find(ownerId, name);
    if (file === null) throw doesNotExist(`No such artifact: '${name}'`);
    const base = encodeURIComponent(name.split('/').at(-1)!).replace(/['()*]/g, escapeOne);
    response.set({
      'Content-Type': 'application/octet-stream',
      'Content-Length': String(file.bytes),
      'Content-Disposition': `attachment; filename*=UTF-8''${base}`,
      'Content-Security-Policy': "sandbox; default-src 'none'",
    });
    if (request.method === 'HEAD') return response.end();
    await pipeline(this.artifacts.folder.read(file.sha256), response).catch((error: unknown) => {
      if (!request.socket.destroyed) throw error;
    });
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

function escapeOne(character: string): string {
  return `%${character.charCodeAt(0).toString(16)}`;
}
