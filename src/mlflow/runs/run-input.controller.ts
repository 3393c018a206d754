import { Body, Controller, UseFilters } from '@nestjs/common';
import { MlflowErrorFilter } from '../protocol/mlflow-error.filter.js';
import { invalidParameter } from '../protocol/mlflow-error.js';
import { RequestFields } from '../protocol/request-fields.js';
import { Call, under } from '../protocol/routes.js';
import { MlflowRunService } from './mlflow-run.service.js';
import { RunInputService, readInput } from './run-input.service.js';

const MAX_DATASETS = 1000;

@Controller(under('runs'))
@UseFilters(MlflowErrorFilter)
export class RunInputController {
  constructor(
    private readonly inputs: RunInputService,
    private readonly runs: MlflowRunService,
  ) {}

  @Call('log-inputs')
  async logInputs(@Body() body: unknown) {
    const fields = new RequestFields(body);
    const datasets = fields.parts('datasets').map(readInput);
    if (datasets.length > MAX_DATASETS) {
      throw invalidParameter(
        `A request can contain at most ${MAX_DATASETS} datasets. Got ${datasets.length}.`,
      );
    }
    await this.inputs.logInputs(fields.runId(), datasets, fields.parts('models').map(readModelUse));
    return {};
  }

  @Call('outputs')
  async logOutputs(@Body() body: unknown) {
    const fields = new RequestFields(body);
    await this.inputs.logOutputs(fields.runId(), fields.parts('models').map(readModelUse));
    return {};
  }

  /** What clients before 3.0 send instead of a logged model: it is noted in a tag. */
  @Call('log-model')
  async logModel(@Body() body: unknown) {
    const fields = new RequestFields(body);
    await this.runs.noteModel(fields.runId(), fields.text('model_json'));
    return {};
  }
}

function readModelUse(fields: RequestFields) {
  return { modelId: fields.text('model_id'), step: fields.optionalInteger('step') ?? 0 };
}
