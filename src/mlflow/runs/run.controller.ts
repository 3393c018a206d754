import { Body, Controller, Get, Query, UseFilters } from '@nestjs/common';
import { MlflowErrorFilter } from '../protocol/mlflow-error.filter.js';
import { RequestFields } from '../protocol/request-fields.js';
import { Call, under } from '../protocol/routes.js';
import { readLogBatch, readLogMetric, readLogParam, readSetTag, readTag } from './log-batch.js';
import { MlflowRunService } from './mlflow-run.service.js';
import { RunLoggingService } from './run-logging.service.js';
import { RunSearchService } from './run-search.service.js';
import { runInfo } from './run-view.js';
import { RunViewService } from './run-view.service.js';

@Controller(under('runs'))
@UseFilters(MlflowErrorFilter)
export class MlflowRunController {
  constructor(
    private readonly runs: MlflowRunService,
    private readonly logging: RunLoggingService,
    private readonly views: RunViewService,
    private readonly searches: RunSearchService,
  ) {}

  @Call('create')
  async create(@Body() body: unknown) {
    const fields = new RequestFields(body);
    const tags = fields.parts('tags').map((tag, i) => readTag(tag, `tags[${i}]`));
    const run = await this.runs.create({
      experimentId: fields.textOrEmpty('experiment_id'),
      userId: fields.textOrEmpty('user_id'),
      name: fields.textOrEmpty('run_name'),
      startTime: fields.optionalInteger('start_time'),
      tags,
    });
    return { run: await this.views.one(run) };
  }

  @Get('get')
  async get(@Query() query: unknown) {
    return { run: await this.views.one(await this.runs.byId(new RequestFields(query).runId())) };
  }

  @Call('update')
  async update(@Body() body: unknown) {
    const fields = new RequestFields(body);
    const run = await this.runs.update(fields.runId(), {
      status: fields.optionalText('status'),
      endTime: fields.optionalInteger('end_time'),
      name: fields.optionalText('run_name'),
    });
    return { run_info: runInfo(run) };
  }

  @Call('delete')
  async delete(@Body() body: unknown) {
    await this.runs.setDeleted(new RequestFields(body).runId(), true);
    return {};
  }

  @Call('restore')
  async restore(@Body() body: unknown) {
    await this.runs.setDeleted(new RequestFields(body).runId(), false);
    return {};
  }

  @Call('search')
  search(@Body() body: unknown) {
    return this.searches.search(new RequestFields(body));
  }

  @Call('log-batch')
  async logBatch(@Body() body: unknown) {
    await this.logging.log(readLogBatch(body));
    return {};
  }

  @Call('log-metric')
  async logMetric(@Body() body: unknown) {
    await this.logging.log(readLogMetric(body));
    return {};
  }

  @Call('log-parameter')
  async logParam(@Body() body: unknown) {
    await this.logging.log(readLogParam(body));
    return {};
  }

  @Call('set-tag')
  async setTag(@Body() body: unknown) {
    await this.logging.log(readSetTag(body));
    return {};
  }

  @Call('delete-tag')
  async deleteTag(@Body() body: unknown) {
    const fields = new RequestFields(body);
    await this.runs.removeTag(fields.runId(), fields.text('key'));
    return {};
  }
}
