import { Module } from '@nestjs/common';
import { ArtifactsModule } from '../artifacts/artifacts.module.js';
import { RunsModule } from '../runs/runs.module.js';
import { ClaimResolver } from './claim.resolver.js';
import { ClaimService } from './claim.service.js';
import { EarlyTerminationService } from './early-termination.service.js';
import { LostRunWatch } from './lost-run-watch.js';
import { ParetoFrontService } from './pareto-front.service.js';
import { RecommendationService } from './recommendation.service.js';
import { ReferencePointService } from './reference-point.service.js';
import { SearchInsightService } from './search-insight.service.js';
import { SearchThreadService } from './search-thread.service.js';
import { ProjectSweepsResolver, SweepResolver } from './sweep.resolver.js';
import { SweepService } from './sweep.service.js';
import { SweepEditService } from './sweep-edit.service.js';
import { SweepEndService } from './sweep-end.service.js';
import { SweepNewsResolver } from './sweep-news.resolver.js';
import { SweepStateService } from './sweep-state.service.js';
import { TrialResolver } from './trial.resolver.js';
import { TrialService } from './trial.service.js';
import { TrialOutcomeService } from './trial-outcome.service.js';
import { TrialProgressService } from './trial-progress.service.js';
import { TrialQueueService } from './trial-queue.service.js';
import { WarmStartService } from './warm-start.service.js';

@Module({
  imports: [RunsModule, ArtifactsModule],
  providers: [
    SweepResolver,
    ProjectSweepsResolver,
    SweepNewsResolver,
    TrialResolver,
    ClaimResolver,
    SweepService,
    SweepStateService,
    SweepEditService,
    SweepEndService,
    WarmStartService,
    TrialService,
    TrialQueueService,
    TrialOutcomeService,
    ReferencePointService,
    ParetoFrontService,
    TrialProgressService,
    ClaimService,
    EarlyTerminationService,
    RecommendationService,
    LostRunWatch,
    SearchThreadService,
    SearchInsightService,
  ],
})
export class SweepsModule {}
