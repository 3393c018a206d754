import { Args, ID, Int, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { Project } from '../access/project.entity.js';
import { Reproduction } from './reproduction.entity.js';
import { ReproductionService } from './reproduction.service.js';
import { Run } from './run.entity.js';
import {
  DescribeRunInput,
  FinishAnswer,
  FinishInput,
  JudgeInput,
  RegisterWorkerInput,
} from './run-lifecycle.input.js';
import { RunLifecycleService } from './run-lifecycle.service.js';
import { RunQueryService } from './run-query.service.js';
import { Worker } from './worker.entity.js';
import { WorkerService } from './worker.service.js';

@Resolver(() => Run)
export class RunLifecycleResolver {
  constructor(
    private readonly lifecycle: RunLifecycleService,
    private readonly reproductionService: ReproductionService,
  ) {}

  @Mutation(() => Run, { description: 'once, before training: what it reads and where it comes from' })
  describeRun(@Args('input') input: DescribeRunInput): Promise<Run> {
    return this.lifecycle.describe(input);
  }

  @Mutation(() => FinishAnswer, { description: 'ends a run outside of any sweep' })
  finishRun(@Args('input') input: FinishInput): Promise<FinishAnswer> {
    return this.lifecycle.finish(input);
  }

  @Mutation(() => Run, { description: 'a person asks: the next progress answer says stop' })
  stopRun(@Args('id', { type: () => ID }) id: string): Promise<Run> {
    return this.lifecycle.requestStop(id);
  }

  @Mutation(() => Reproduction, { description: 'compares a run with the one that it reproduces' })
  judgeReproduction(@Args('input') input: JudgeInput): Promise<Reproduction> {
    return this.reproductionService.judge(input);
  }
}

@Resolver(() => Worker)
export class WorkerResolver {
  constructor(private readonly workerService: WorkerService) {}

  @Query(() => [Worker])
  workers(): Promise<Worker[]> {
    return this.workerService.list();
  }

  @Mutation(() => Worker)
  registerWorker(@Args('input') input: RegisterWorkerInput): Promise<Worker> {
    return this.workerService.register(input);
  }

  @ResolveField(() => String, { description: 'idle | busy | gone' })
  state(@Parent() worker: Worker): Promise<string> {
    return this.workerService.state(worker);
  }

  @ResolveField(() => ID, { nullable: true })
  currentRunId(@Parent() worker: Worker): Promise<string | null> {
    return this.workerService.currentRunId(worker.id);
  }
}

@Resolver(() => Project)
export class ProjectRunsResolver {
  constructor(private readonly runQueries: RunQueryService) {}

  @ResolveField(() => Int)
  runCount(@Parent() project: Project): Promise<number> {
    return this.runQueries.countInProject(project.id);
  }
}
