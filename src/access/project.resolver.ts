import { Query, Resolver } from '@nestjs/graphql';
import { Project } from './project.entity.js';
import { ProjectService } from './project.service.js';

@Resolver(() => Project)
export class ProjectResolver {
  constructor(private readonly projectService: ProjectService) {}

  @Query(() => [Project])
  projects(): Promise<Project[]> {
    return this.projectService.list();
  }
}
