import { Args, Query, Resolver } from '@nestjs/graphql';
import { RunGroupService } from './run-group.service.js';
import { RunFacet, RunFacetsArgs, RunGroups, RunGroupsArgs } from './run-group.type.js';

@Resolver()
export class RunGroupResolver {
  constructor(private readonly groupService: RunGroupService) {}

  @Query(() => RunGroups, { description: 'runs by their values, with means over all members' })
  runGroups(@Args() args: RunGroupsArgs): Promise<RunGroups> {
    return this.groupService.groups(args);
  }

  @Query(() => [RunFacet], { description: 'which values the filtered runs have, and how often' })
  runFacets(@Args() args: RunFacetsArgs): Promise<RunFacet[]> {
    return this.groupService.facets(args);
  }
}
