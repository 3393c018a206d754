import { Module } from '@nestjs/common';
import { ArtifactsModule } from '../artifacts/artifacts.module.js';
import { DatasetsModule } from '../datasets/datasets.module.js';
import { RunsModule } from '../runs/runs.module.js';
import { ArtifactListController } from './artifacts/artifact-list.controller.js';
import { ArtifactProxyController } from './artifacts/artifact-proxy.controller.js';
import { ExperimentController } from './experiments/experiment.controller.js';
import { ExperimentService } from './experiments/experiment.service.js';
import { LoggedModelController } from './models/logged-model.controller.js';
import { LoggedModelService } from './models/logged-model.service.js';
import { ModelVersionController } from './models/model-version.controller.js';
import { RegisteredModelController } from './models/registered-model.controller.js';
import { RegistryService } from './models/registry.service.js';
import { LoggedModelResolver, RunModelsResolver } from './models/run-models.resolver.js';
import { MetricHistoryController } from './runs/metric-history.controller.js';
import { MetricHistoryService } from './runs/metric-history.service.js';
import { MlflowRunService } from './runs/mlflow-run.service.js';
import { MlflowRunController } from './runs/run.controller.js';
import { RunInputController } from './runs/run-input.controller.js';
import { RunInputService } from './runs/run-input.service.js';
import { RunLoggingService } from './runs/run-logging.service.js';
import { RunSearchService } from './runs/run-search.service.js';
import { RunViewService } from './runs/run-view.service.js';
import { ServerInfoController } from './server-info.controller.js';

/** MLflow's REST API: a translation of its words into ours. */
@Module({
  imports: [RunsModule, ArtifactsModule, DatasetsModule],
  controllers: [
    ExperimentController,
    MlflowRunController,
    RunInputController,
    MetricHistoryController,
    ArtifactListController,
    ArtifactProxyController,
    LoggedModelController,
    RegisteredModelController,
    ModelVersionController,
    ServerInfoController,
  ],
  providers: [
    ExperimentService,
    MlflowRunService,
    RunLoggingService,
    RunInputService,
    RunViewService,
    RunSearchService,
    MetricHistoryService,
    LoggedModelService,
    RegistryService,
    RunModelsResolver,
    LoggedModelResolver,
  ],
})
export class MlflowModule {}
