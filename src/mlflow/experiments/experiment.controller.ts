import { Body, Controller, Get, Query, UseFilters } from '@nestjs/common';
import { AccessService } from '../../access/access.service.js';
import { MlflowErrorFilter } from '../protocol/mlflow-error.filter.js';
import { decodeOffset, pageOf } from '../protocol/page-token.js';
import { RequestFields } from '../protocol/request-fields.js';
import { Call, under } from '../protocol/routes.js';
import { pageSize } from '../search/page-size.js';
import { ExperimentService } from './experiment.service.js';
import { searchExperiments } from './experiment-search.js';
import { experimentView, isShown } from './experiment-view.js';

const MAX_LISTED = 50_000;

@Controller(under('experiments'))
@UseFilters(MlflowErrorFilter)
export class ExperimentController {
  constructor(
    private readonly experiments: ExperimentService,
    private readonly access: AccessService,
  ) {}

  @Call('create')
  async create(@Body() body: unknown) {
    const fields = new RequestFields(body);
    const tags = fields.parts('tags').map(tagOf);
    return { experiment_id: (await this.experiments.create(fields.text('name'), tags)).id };
  }

  @Get('get')
  async get(@Query() query: unknown) {
    return this.view(await this.experiments.byId(new RequestFields(query).text('experiment_id')));
  }

  @Get('get-by-name')
  async getByName(@Query() query: unknown) {
    return this.view(await this.experiments.byName(new RequestFields(query).text('experiment_name')));
  }

  @Call('search')
  search(@Body() body: unknown) {
    return this.found(new RequestFields(body));
  }

  /** The same in the query, where a list of one is a string. */
  @Get('search')
  searchByQuery(@Query() query: Record<string, unknown>) {
    const orderBy = query.order_by === undefined ? [] : [query.order_by].flat();
    const fields = { ...query, order_by: orderBy };
    return this.found(new RequestFields(fields));
  }

  @Call('update')
  async update(@Body() body: unknown) {
    const fields = new RequestFields(body);
    const name = fields.optionalText('new_name');
    if (name !== undefined) await this.experiments.rename(fields.text('experiment_id'), name);
    return {};
  }

  @Call('delete')
  async delete(@Body() body: unknown) {
    await this.experiments.setDeleted(new RequestFields(body).text('experiment_id'), true);
    return {};
  }

  @Call('restore')
  async restore(@Body() body: unknown) {
    await this.experiments.setDeleted(new RequestFields(body).text('experiment_id'), false);
    return {};
  }

  @Call('set-experiment-tag')
  async setTag(@Body() body: unknown) {
    const fields = new RequestFields(body);
    await this.experiments.setTag(fields.text('experiment_id'), tagOf(fields));
    return {};
  }

  @Call('delete-experiment-tag')
  async removeTag(@Body() body: unknown) {
    const fields = new RequestFields(body);
    await this.experiments.removeTag(fields.text('experiment_id'), fields.text('key'));
    return {};
  }

  private async view(project: Awaited<ReturnType<ExperimentService['byId']>>) {
    const [experiment] = await this.experiments.withTags([project]);
    return { experiment: experimentView(experiment!) };
  }

  private async found(fields: RequestFields) {
    const view = fields.optionalText('view_type');
    const { current } = this.access;
    const all = (await this.experiments.all()).filter(({ project }) => current.sees(project.id));
    const shown = all.filter(({ project }) => isShown(view, project));
    const found = searchExperiments(shown, fields.optionalText('filter'), fields.texts('order_by'));
    const offset = decodeOffset(fields.optionalText('page_token'));
    const { items, next } = pageOf(found, offset, pageSize(fields, 1000, MAX_LISTED));
    return { experiments: items.map(experimentView), next_page_token: next };
  }
}

export function tagOf(fields: RequestFields) {
  return { key: fields.text('key'), value: fields.textOrEmpty('value') };
}
