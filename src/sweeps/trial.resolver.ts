import { Args, ID, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { Run } from '../runs/run.entity.js';
import { StopDecision } from './stop-decision.entity.js';
import { Trial } from './trial.entity.js';
import { TrialService } from './trial.service.js';

@Resolver(() => Trial)
export class TrialResolver {
  constructor(private readonly trialService: TrialService) {}

  @Query(() => Trial, { nullable: true, description: 'by ID or a unique prefix of it' })
  trial(@Args('id', { type: () => ID }) id: string): Promise<Trial | null> {
    return this.trialService.find(id);
  }

  @ResolveField(() => Run, { nullable: true, description: 'the latest' })
  run(@Parent() trial: Trial): Promise<Run | null> {
    return this.trialService.latestRun(trial);
  }

  @ResolveField(() => [Run], { description: 'one for each attempt, in order' })
  runs(@Parent() trial: Trial): Promise<Run[]> {
    return this.trialService.runs(trial.id);
  }

  @ResolveField(() => [StopDecision], {
    description: 'what the stopping rule decided, run by run and rung by rung',
  })
  stopDecisions(@Parent() trial: Trial): Promise<StopDecision[]> {
    return this.trialService.stopDecisions(trial.id);
  }
}
