import { Body, Controller, Delete, Get, Patch, Query, UseFilters } from '@nestjs/common';
import { Store } from '../../access/store.js';
import { tagOf } from '../experiments/experiment.controller.js';
import { MlflowErrorFilter } from '../protocol/mlflow-error.filter.js';
import { decodeOffset, pageOf } from '../protocol/page-token.js';
import { RequestFields } from '../protocol/request-fields.js';
import { Call, under } from '../protocol/routes.js';
import { pageSize } from '../search/page-size.js';
import { downloadUri } from './model-source.js';
import type { ModelVersion } from './registry.entity.js';
import { checkTags, RegistryService } from './registry.service.js';
import { searchVersions, versionView } from './registry-view.js';

const MOST_VERSIONS = 200_000;

@Controller(under('model-versions'))
@UseFilters(MlflowErrorFilter)
export class ModelVersionController {
  constructor(
    private readonly registry: RegistryService,
    private readonly store: Store,
  ) {}

  @Call('create')
  async create(@Body() body: unknown) {
    const fields = new RequestFields(body);
    const version = await this.registry.createVersion({
      name: fields.text('name'),
      source: fields.text('source'),
      runId: fields.textOrEmpty('run_id') || null,
      modelId: fields.textOrEmpty('model_id') || null,
      description: fields.optionalText('description') ?? null,
      tags: fields.parts('tags').map(tagOf),
    });
    return this.view(version);
  }

  @Get('get')
  async get(@Query() query: unknown) {
    return this.view(await this.named(new RequestFields(query)));
  }

  @Get('get-download-uri')
  async downloadUri(@Query() query: unknown) {
    const version = await this.named(new RequestFields(query));
    return { artifact_uri: await downloadUri(this.store.read, version) };
  }

  @Patch('update')
  async update(@Body() body: unknown) {
    const fields = new RequestFields(body);
    const description = fields.optionalText('description') ?? null;
    return this.view(await this.change(fields, () => ({ description })));
  }

  @Call('transition-stage')
  async transition(@Body() body: unknown) {
    const fields = new RequestFields(body);
    const [name, version, stage] = [fields.text('name'), fields.integer('version'), fields.text('stage')];
    const archive = fields.optionalFlag('archive_existing_versions');
    return this.view(await this.registry.transition(name, version, stage, archive));
  }

  @Delete('delete')
  async delete(@Body() body: unknown) {
    const fields = new RequestFields(body);
    await this.registry.deleteVersion(fields.text('name'), fields.integer('version'));
    return {};
  }

  @Get('search')
  async search(@Query() query: Record<string, unknown>) {
    const orderBy = query.order_by === undefined ? [] : [query.order_by].flat();
    const fields = new RequestFields({ ...query, order_by: orderBy });
    const versions = await this.registry.versions();
    const found = searchVersions(versions, fields.optionalText('filter'), fields.texts('order_by'));
    const offset = decodeOffset(fields.optionalText('page_token'));
    const { items, next } = pageOf(found, offset, pageSize(fields, 10_000, MOST_VERSIONS));
    const models = new Map((await this.registry.models()).map((model) => [model.name, model]));
    const views = items.map((version) => versionView(version, models.get(version.name) ?? { aliases: {} }));
    return { model_versions: views, next_page_token: next };
  }

  @Call('set-tag')
  async setTag(@Body() body: unknown) {
    const fields = new RequestFields(body);
    const tag = tagOf(fields);
    checkTags([tag]);
    await this.change(fields, ({ tags }) => ({ tags: { ...tags, [tag.key]: tag.value } }));
    return {};
  }

  @Delete('delete-tag')
  async deleteTag(@Body() body: unknown) {
    const fields = new RequestFields(body);
    await this.change(fields, ({ tags }) => ({ tags: without(tags, fields.text('key')) }));
    return {};
  }

  private named(fields: RequestFields): Promise<ModelVersion> {
    return this.registry.version(fields.text('name'), fields.integer('version'));
  }

  private change(fields: RequestFields, changes: (version: ModelVersion) => Partial<ModelVersion>) {
    return this.registry.changeVersion(fields.text('name'), fields.integer('version'), changes);
  }

  private async view(version: ModelVersion) {
    return { model_version: versionView(version, await this.registry.model(version.name)) };
  }
}

export function without<Value>(map: Record<string, Value>, key: string): Record<string, Value> {
  return Object.fromEntries(Object.entries(map).filter(([name]) => name !== key));
}
