import { Module } from '@nestjs/common';
import { ArtifactsModule } from '../artifacts/artifacts.module.js';
import { DatasetsModule } from '../datasets/datasets.module.js';
import { CleanUpService } from './clean-up.service.js';
import { MetricService } from './metric.service.js';
import { MetricMergeService } from './metric-merge.service.js';
import { ProgressService } from './progress.service.js';
import { ReproductionService } from './reproduction.service.js';
import { RunResolver } from './run.resolver.js';
import { RunAnnotationResolver } from './run-annotation.resolver.js';
import { RunAnnotationService } from './run-annotation.service.js';
import { RunFieldService } from './run-field.service.js';
import { ProjectRunsResolver, RunLifecycleResolver, WorkerResolver } from './run-lifecycle.resolver.js';
import { RunLifecycleService } from './run-lifecycle.service.js';
import { RunPageResolver } from './run-page.resolver.js';
import { RunQueryService } from './run-query.service.js';
import { RunRecordService } from './run-record.service.js';
import { RunTrashService } from './run-trash.service.js';
import { ProjectStorageResolver, StorageResolver } from './storage.resolver.js';
import { WorkerService } from './worker.service.js';

@Module({
  imports: [DatasetsModule, ArtifactsModule],
  providers: [
    RunResolver,
    StorageResolver,
    ProjectStorageResolver,
    CleanUpService,
    RunTrashService,
    RunPageResolver,
    RunLifecycleResolver,
    WorkerResolver,
    ProjectRunsResolver,
    RunQueryService,
    RunFieldService,
    RunRecordService,
    RunAnnotationService,
    RunAnnotationResolver,
    RunLifecycleService,
    ProgressService,
    MetricService,
    MetricMergeService,
    ReproductionService,
    WorkerService,
  ],
  exports: [
    RunLifecycleService,
    RunFieldService,
    RunRecordService,
    RunAnnotationService,
    ProgressService,
    MetricService,
    WorkerService,
  ],
})
export class RunsModule {}
