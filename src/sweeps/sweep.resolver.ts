import { Args, ID, Int, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { SweepStateEnum } from '../access/graphql-enums.js';
import { Project } from '../access/project.entity.js';
import { ProjectService } from '../access/project.service.js';
import { JsonScalar } from '../access/scalars.js';
import type { SweepState } from '../core/states.js';
import { CreateSweepInput } from './claim.type.js';
import { ParetoFrontService } from './pareto-front.service.js';
import { ParetoFront } from './pareto-front.type.js';
import { RecommendationService } from './recommendation.service.js';
import { SearchInsightService } from './search-insight.service.js';
import { ParameterImportance, SweepSlice } from './search-insight.type.js';
import { Sweep } from './sweep.entity.js';
import { SweepService } from './sweep.service.js';
import { SweepEditInput } from './sweep-edit.input.js';
import { SweepEditService } from './sweep-edit.service.js';
import { SweepPage } from './sweep-page.type.js';
import { SweepStateService } from './sweep-state.service.js';
import { Trial } from './trial.entity.js';
import { TrialService } from './trial.service.js';

@Resolver(() => Sweep)
export class SweepResolver {
  constructor(
    private readonly sweepService: SweepService,
    private readonly sweepStates: SweepStateService,
    private readonly trialService: TrialService,
    private readonly recommendationService: RecommendationService,
    private readonly projectService: ProjectService,
    private readonly sweepEdits: SweepEditService,
    private readonly fronts: ParetoFrontService,
    private readonly insights: SearchInsightService,
  ) {}

  @Query(() => SweepPage, { description: 'newest first' })
  sweeps(
    @Args('project', { type: () => String, nullable: true }) project?: string,
    @Args('states', { type: () => [SweepStateEnum], nullable: true }) states?: SweepState[],
    @Args('first', { type: () => Int, defaultValue: 50 }) first = 50,
    @Args('after', { type: () => String, nullable: true }) after?: string,
  ): Promise<SweepPage> {
    return this.sweepService.page({ project, states, first, after });
  }

  @Query(() => Sweep, { nullable: true, description: 'by ID or a unique prefix of it' })
  sweep(@Args('id', { type: () => ID }) id: string): Promise<Sweep | null> {
    return this.sweepService.find(id);
  }

  @Mutation(() => Sweep)
  createSweep(@Args('input') input: CreateSweepInput): Promise<Sweep> {
    return this.sweepService.create(input);
  }

  @Mutation(() => Sweep, { description: 'no new trials; the running ones go on' })
  pauseSweep(@Args('id', { type: () => ID }) id: string): Promise<Sweep> {
    return this.sweepStates.pause(id);
  }

  @Mutation(() => Sweep)
  resumeSweep(@Args('id', { type: () => ID }) id: string): Promise<Sweep> {
    return this.sweepStates.resume(id);
  }

  @Mutation(() => Sweep, { description: 'for good: running trials are told to stop' })
  cancelSweep(@Args('id', { type: () => ID }) id: string): Promise<Sweep> {
    return this.sweepStates.cancel(id);
  }

  @Mutation(() => Sweep, {
    description: 'other limits, recorded; a finished sweep that is given more goes on',
  })
  editSweep(
    @Args('id', { type: () => ID }) id: string,
    @Args('input') input: SweepEditInput,
  ): Promise<Sweep> {
    return this.sweepEdits.edit(id, input);
  }

  @ResolveField(() => Project)
  project(@Parent() sweep: Sweep): Promise<Project> {
    return this.projectService.get(sweep.projectId);
  }

  @ResolveField(() => JsonScalar, { description: '{queued, running, finished, …}' })
  trialCounts(@Parent() sweep: Sweep): Promise<unknown> {
    return this.trialService.counts(sweep.id);
  }

  @ResolveField(() => [Trial], { description: 'by number; `after` is the number of the last one seen' })
  trials(
    @Parent() sweep: Sweep,
    @Args('first', { type: () => Int, nullable: true }) first?: number,
    @Args('after', { type: () => Int, nullable: true }) after?: number,
  ): Promise<Trial[]> {
    return this.trialService.ofSweep(sweep.id, first, after);
  }

  @ResolveField(() => Trial, { nullable: true })
  best(@Parent() sweep: Sweep): Promise<Trial | null> {
    return this.trialService.best(sweep);
  }

  @ResolveField(() => ParetoFront, {
    nullable: true,
    description: 'with several objectives; null: it has one, see best and recommendation',
  })
  paretoFront(@Parent() sweep: Sweep): Promise<ParetoFront | null> {
    return this.fronts.of(sweep);
  }

  @ResolveField(() => ParameterImportance, {
    description:
      'which parameters make the differences of the objective (functional ANOVA of a random forest)',
  })
  importance(@Parent() sweep: Sweep): Promise<ParameterImportance> {
    return this.insights.importance(sweep);
  }

  @ResolveField(() => [SweepSlice], {
    description:
      "what a model of the trials believes along each parameter, the others held at the trial that it believes best; empty while it knows too little. With several objectives: the first one's",
  })
  slices(
    @Parent() sweep: Sweep,
    @Args('parameters', { type: () => [String], nullable: true, description: 'default: all that vary' })
    parameters?: string[],
  ): Promise<SweepSlice[]> {
    return this.insights.slices(sweep, parameters);
  }

  @ResolveField(() => JsonScalar, { nullable: true, description: '{trialId, runId, why, …}' })
  recommendation(@Parent() sweep: Sweep): Promise<unknown> {
    return this.recommendationService.recommend(sweep);
  }
}

@Resolver(() => Project)
export class ProjectSweepsResolver {
  constructor(private readonly sweepService: SweepService) {}

  @ResolveField(() => Int)
  sweepCount(@Parent() project: Project): Promise<number> {
    return this.sweepService.countInProject(project.id);
  }
}
