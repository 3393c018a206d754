import {
  Body,
  Controller,
  Delete,
  Get,
  HttpCode,
  Param,
  Patch,
  Post,
  Query,
  UseFilters,
} from '@nestjs/common';
import { ArtifactService } from '../../artifacts/artifact.service.js';
import { checkPath, listFolder } from '../artifacts/artifact-path.js';
import { tagOf } from '../experiments/experiment.controller.js';
import { MlflowErrorFilter } from '../protocol/mlflow-error.filter.js';
import { decodeOffset, pageOf } from '../protocol/page-token.js';
import { RequestFields } from '../protocol/request-fields.js';
import { Call, under } from '../protocol/routes.js';
import { pageSize } from '../search/page-size.js';
import type { LoggedModel } from './logged-model.entity.js';
import { LoggedModelService } from './logged-model.service.js';
import { searchLoggedModels } from './logged-model-search.js';
import { loggedModelView, modelArtifacts } from './logged-model-view.js';

@Controller(under('logged-models'))
@UseFilters(MlflowErrorFilter)
export class LoggedModelController {
  constructor(
    private readonly models: LoggedModelService,
    private readonly artifacts: ArtifactService,
  ) {}

  @Post()
  @HttpCode(200)
  async create(@Body() body: unknown) {
    const fields = new RequestFields(body);
    const model = await this.models.create({
      experimentId: fields.text('experiment_id'),
      name: fields.textOrEmpty('name'),
      modelType: fields.textOrEmpty('model_type') || null,
      sourceRunId: fields.textOrEmpty('source_run_id') || null,
      params: fields.parts('params').map(tagOf),
      tags: fields.parts('tags').map(tagOf),
    });
    return this.view(model);
  }

  @Call('search')
  async search(@Body() body: unknown) {
    const fields = new RequestFields(body);
    const projects = fields.texts('experiment_ids');
    const models = projects.length === 0 ? [] : await this.models.inProjects(projects);
    const metrics = await this.models.metricsOf(models);
    const withMetrics = models.map((model) => ({ ...model, metrics: metrics.get(model.id) ?? [] }));
    const found = searchLoggedModels(withMetrics, fields);
    const offset = decodeOffset(fields.optionalText('page_token'));
    const { items, next } = pageOf(found, offset, pageSize(fields, 100, 1000));
    const views = items.map((model) => loggedModelView(model, model.metrics));
    return { ...(views.length > 0 && { models: views }), next_page_token: next };
  }

  @Get(':id')
  async get(@Param('id') id: string, @Query('allow_deleted') allowDeleted: unknown) {
    return this.view(await this.models.byId(id, undefined, allowDeleted === 'true'));
  }

  @Patch(':id')
  async finalize(@Param('id') id: string, @Body() body: { status?: unknown }) {
    return this.view(await this.models.finalize(id, String(body?.status ?? '')));
  }

  @Delete(':id')
  async delete(@Param('id') id: string) {
    await this.models.delete(id);
    return {};
  }

  @Call(':id/params')
  async addParams(@Param('id') id: string, @Body() body: unknown) {
    await this.models.addParams(id, new RequestFields(body).parts('params').map(tagOf));
    return {};
  }

  @Patch(':id/tags')
  async setTags(@Param('id') id: string, @Body() body: unknown) {
    return this.view(await this.models.setTags(id, new RequestFields(body).parts('tags').map(tagOf)));
  }

  @Delete(':id/tags/:key')
  async removeTag(@Param('id') id: string, @Param('key') key: string) {
    await this.models.removeTag(id, key);
    return {};
  }

  @Get(':id/artifacts/directories')
  async list(@Param('id') id: string, @Query() query: unknown) {
    const folder = new RequestFields(query).textOrEmpty('artifact_directory_path').replace(/\/+$/, '');
    checkPath(folder);
    const model = await this.models.byId(id);
    const files = listFolder(await this.artifacts.ofRun(id), folder);
    const named = files.map((file) => ({
      ...file,
      path: folder === '' ? file.path : `${folder}/${file.path}`,
    }));
    return { root_uri: modelArtifacts(model), files: named };
  }

  private async view(model: LoggedModel) {
    const metrics = await this.models.metricsOf([model]);
    return { model: loggedModelView(model, metrics.get(model.id) ?? []) };
  }
}
