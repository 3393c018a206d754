import { Controller, Get, Query, UseFilters } from '@nestjs/common';
import { ArtifactService } from '../../artifacts/artifact.service.js';
import { MlflowErrorFilter } from '../protocol/mlflow-error.filter.js';
import { RequestFields } from '../protocol/request-fields.js';
import { under } from '../protocol/routes.js';
import { MlflowRunService } from '../runs/mlflow-run.service.js';
import { runArtifacts } from '../runs/run-view.js';
import { checkPath, listFolder } from './artifact-path.js';

@Controller(under('artifacts'))
@UseFilters(MlflowErrorFilter)
export class ArtifactListController {
  constructor(
    private readonly artifacts: ArtifactService,
    private readonly runs: MlflowRunService,
  ) {}

  @Get('list')
  async list(@Query() query: unknown) {
    const fields = new RequestFields(query);
    const folder = fields.textOrEmpty('path').replace(/\/+$/, '');
    checkPath(folder);
    const run = await this.runs.byId(fields.runId());
    const files = listFolder(await this.artifacts.ofRun(run.id), folder);
    const named = files.map((file) => ({
      ...file,
      path: folder === '' ? file.path : `${folder}/${file.path}`,
    }));
    return { root_uri: runArtifacts(run), files: named };
  }
}
