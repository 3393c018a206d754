import { Module } from '@nestjs/common';
import { ArtifactsModule } from '../artifacts/artifacts.module.js';
import { DatasetsModule } from '../datasets/datasets.module.js';
import { CleanUpService } from './clean-up.service.js';
import {
  BaseScoreResolver,
  EvaluationResolver,
  EvaluationScoreResolver,
} from './evaluations/evaluation.resolver.js';
import { EvaluationService } from './evaluations/evaluation.service.js';
import { EvaluationComparisonService } from './evaluations/evaluation-comparison.service.js';
import { LineageResolver } from './lineage.resolver.js';
import { LineageService } from './lineage.service.js';
import { MetricService } from './metric.service.js';
import { MetricMergeService } from './metric-merge.service.js';
import { PointsController } from './points.controller.js';
import { PointsBlockController } from './points-block.controller.js';
import { ProbeResolver } from './probe.resolver.js';
import { ProbeService } from './probe.service.js';
import { ProgressService } from './progress.service.js';
import { ReportedRunResolver } from './reported-run.resolver.js';
import { ReportedRunService } from './reported-run.service.js';
import { ReproductionService } from './reproduction.service.js';
import { ReproductionEvidenceService } from './reproduction-evidence.service.js';
import { RunResolver } from './run.resolver.js';
import { RunAnnotationResolver } from './run-annotation.resolver.js';
import { RunAnnotationService } from './run-annotation.service.js';
import { RunComparisonService } from './run-comparison.service.js';
import { RunFieldService } from './run-field.service.js';
import { RunGroupResolver } from './run-group.resolver.js';
import { RunGroupService } from './run-group.service.js';
import { ProjectRunsResolver, RunLifecycleResolver, WorkerResolver } from './run-lifecycle.resolver.js';
import { RunLifecycleService } from './run-lifecycle.service.js';
import { RunNewsResolver } from './run-news.resolver.js';
import { RunNewsService } from './run-news.service.js';
import { RunPageResolver } from './run-page.resolver.js';
import { RunParamService } from './run-param.service.js';
import { RunQueryService } from './run-query.service.js';
import { RunRecordService } from './run-record.service.js';
import { RunSealService } from './run-seal.service.js';
import { RunTableService } from './run-table.service.js';
import { RunTrashService } from './run-trash.service.js';
import { RunValuesService } from './run-values.service.js';
import { RunWindowService } from './run-window.service.js';
import { SeriesNewsService } from './series-news.service.js';
import { SeriesTableService } from './series-table.service.js';
import { ProjectStorageResolver, StorageResolver } from './storage.resolver.js';
import { TableController } from './table.controller.js';
import { WorkerService } from './worker.service.js';

@Module({
  imports: [DatasetsModule, ArtifactsModule],
  controllers: [TableController, PointsController, PointsBlockController],
  providers: [
    RunResolver,
    StorageResolver,
    ProjectStorageResolver,
    CleanUpService,
    RunTrashService,
    RunPageResolver,
    RunNewsResolver,
    RunNewsService,
    SeriesNewsService,
    RunLifecycleResolver,
    ReportedRunResolver,
    ReportedRunService,
    WorkerResolver,
    ProjectRunsResolver,
    RunQueryService,
    RunFieldService,
    RunWindowService,
    RunTableService,
    SeriesTableService,
    RunValuesService,
    RunGroupService,
    RunGroupResolver,
    RunComparisonService,
    RunRecordService,
    RunSealService,
    RunAnnotationService,
    RunAnnotationResolver,
    RunParamService,
    RunLifecycleService,
    ProgressService,
    MetricService,
    MetricMergeService,
    ReproductionService,
    ReproductionEvidenceService,
    ProbeService,
    ProbeResolver,
    LineageService,
    LineageResolver,
    EvaluationService,
    EvaluationComparisonService,
    EvaluationResolver,
    EvaluationScoreResolver,
    BaseScoreResolver,
    WorkerService,
  ],
  exports: [
    RunLifecycleService,
    LineageService,
    RunFieldService,
    RunRecordService,
    RunAnnotationService,
    RunParamService,
    ProgressService,
    MetricService,
    EvaluationService,
    WorkerService,
  ],
})
export class RunsModule {}
