import { Body, Controller, Delete, Get, Patch, Query, UseFilters } from '@nestjs/common';
import { tagOf } from '../experiments/experiment.controller.js';
import { MlflowErrorFilter } from '../protocol/mlflow-error.filter.js';
import { decodeOffset, pageOf } from '../protocol/page-token.js';
import { RequestFields } from '../protocol/request-fields.js';
import { Call, under } from '../protocol/routes.js';
import { pageSize } from '../search/page-size.js';
import { without } from './model-version.controller.js';
import { checkTags, RegistryService } from './registry.service.js';
import { latestOf, modelView, searchModels, versionView } from './registry-view.js';

@Controller(under('registered-models'))
@UseFilters(MlflowErrorFilter)
export class RegisteredModelController {
  constructor(private readonly registry: RegistryService) {}

  @Call('create')
  async create(@Body() body: unknown) {
    const fields = new RequestFields(body);
    const tags = fields.parts('tags').map(tagOf);
    const description = fields.optionalText('description') ?? null;
    const model = await this.registry.createModel(fields.text('name'), description, tags);
    return { registered_model: modelView(model, []) };
  }

  @Get('get')
  get(@Query() query: unknown) {
    return this.view(new RequestFields(query).text('name'));
  }

  @Call('rename')
  async rename(@Body() body: unknown) {
    const fields = new RequestFields(body);
    const { name } = await this.registry.rename(fields.text('name'), fields.text('new_name'));
    return this.view(name);
  }

  @Patch('update')
  async update(@Body() body: unknown) {
    const fields = new RequestFields(body);
    const description = fields.optionalText('description') ?? null;
    await this.registry.changeModel(fields.text('name'), () => ({ description }));
    return this.view(fields.text('name'));
  }

  @Delete('delete')
  async delete(@Body() body: unknown) {
    await this.registry.deleteModel(new RequestFields(body).text('name'));
    return {};
  }

  @Get('search')
  async search(@Query() query: Record<string, unknown>) {
    const fields = new RequestFields({ ...query, order_by: listOf(query.order_by) });
    const models = await this.registry.models();
    const found = searchModels(models, fields.optionalText('filter'), fields.texts('order_by'));
    const offset = decodeOffset(fields.optionalText('page_token'));
    const { items, next } = pageOf(found, offset, pageSize(fields, 100, 1000));
    const views = await Promise.all(
      items.map(async (model) => modelView(model, await this.registry.versions(model.name))),
    );
    return { registered_models: views, next_page_token: next };
  }

  @Call('get-latest-versions')
  latest(@Body() body: unknown) {
    return this.latestVersions(new RequestFields(body));
  }

  @Get('get-latest-versions')
  latestByQuery(@Query() query: Record<string, unknown>) {
    return this.latestVersions(new RequestFields({ ...query, stages: listOf(query.stages) }));
  }

  @Call('set-tag')
  async setTag(@Body() body: unknown) {
    const fields = new RequestFields(body);
    const tag = tagOf(fields);
    checkTags([tag]);
    await this.registry.changeModel(fields.text('name'), ({ tags }) => ({
      tags: { ...tags, [tag.key]: tag.value },
    }));
    return {};
  }

  @Delete('delete-tag')
  async deleteTag(@Body() body: unknown) {
    const fields = new RequestFields(body);
    await this.registry.changeModel(fields.text('name'), ({ tags }) => ({
      tags: without(tags, fields.text('key')),
    }));
    return {};
  }

  @Call('alias')
  async setAlias(@Body() body: unknown) {
    const fields = new RequestFields(body);
    await this.registry.setAlias(fields.text('name'), fields.text('alias'), fields.integer('version'));
    return {};
  }

  @Delete('alias')
  async deleteAlias(@Body() body: unknown) {
    const fields = new RequestFields(body);
    const alias = fields.text('alias');
    await this.registry.changeModel(fields.text('name'), ({ aliases }) => ({
      aliases: without(aliases, alias),
    }));
    return {};
  }

  @Get('alias')
  async byAlias(@Query() query: unknown) {
    const fields = new RequestFields(query);
    const version = await this.registry.byAlias(fields.text('name'), fields.text('alias'));
    return { model_version: versionView(version, await this.registry.model(version.name)) };
  }

  private async view(name: string) {
    const [model, versions] = [await this.registry.model(name), await this.registry.versions(name)];
    return { registered_model: modelView(model, versions) };
  }

  private async latestVersions(fields: RequestFields) {
    const model = await this.registry.model(fields.text('name'));
    const versions = latestOf(await this.registry.versions(model.name), fields.texts('stages'));
    return { model_versions: versions.map((version) => versionView(version, model)) };
  }
}

function listOf(value: unknown): unknown[] {
  return value === undefined ? [] : [value].flat();
}
