import { Args, ID, Mutation, Parent, Query, ResolveField, Resolver } from '@nestjs/graphql';
import { Project } from '../access/project.entity.js';
import { ProjectService } from '../access/project.service.js';
import { GarbageInput, GarbageReport, ProjectStorage, Storage } from '../artifacts/storage.type.js';
import { CleanUpService } from './clean-up.service.js';
import { Run } from './run.entity.js';
import { RunTrashService } from './run-trash.service.js';

@Resolver()
export class StorageResolver {
  constructor(
    private readonly cleanUp: CleanUpService,
    private readonly trash: RunTrashService,
  ) {}

  @Query(() => Storage)
  storage(): Promise<Storage> {
    return this.cleanUp.overview();
  }

  @Mutation(() => GarbageReport, {
    description: 'removes for good what has been in the trash for long enough',
  })
  collectGarbage(@Args('input') input: GarbageInput): Promise<GarbageReport> {
    return this.cleanUp.collect(input);
  }

  @Mutation(() => [Run], { description: 'puts ended runs into the trash, all of them or none' })
  deleteRuns(@Args('ids', { type: () => [ID] }) ids: string[]): Promise<Run[]> {
    return this.trash.delete(ids);
  }

  @Mutation(() => [Run], { description: 'takes runs out of the trash' })
  restoreRuns(@Args('ids', { type: () => [ID] }) ids: string[]): Promise<Run[]> {
    return this.trash.restore(ids);
  }
}

@Resolver(() => ProjectStorage)
export class ProjectStorageResolver {
  constructor(private readonly projects: ProjectService) {}

  @ResolveField(() => Project)
  project(@Parent() { projectId }: ProjectStorage): Promise<Project> {
    return this.projects.get(projectId);
  }
}
