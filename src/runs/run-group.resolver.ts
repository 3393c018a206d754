import { Args, ID, Query, Resolver } from '@nestjs/graphql';
import { RunComparisonService } from './run-comparison.service.js';
import { RunComparison } from './run-comparison.type.js';
import { RunGroupService } from './run-group.service.js';
import { RunFacet, RunFacetsArgs, RunGroups, RunGroupsArgs } from './run-group.type.js';

@Resolver()
export class RunGroupResolver {
  constructor(
    private readonly groupService: RunGroupService,
    private readonly comparisons: RunComparisonService,
  ) {}

  @Query(() => RunGroups, { description: 'runs by their values, with means over all members' })
  runGroups(@Args() args: RunGroupsArgs): Promise<RunGroups> {
    return this.groupService.groups(args);
  }

  @Query(() => [RunFacet], { description: 'which values the filtered runs have, and how often' })
  runFacets(@Args() args: RunFacetsArgs): Promise<RunFacet[]> {
    return this.groupService.facets(args);
  }

  @Query(() => RunComparison, { description: 'runs side by side, what differs first' })
  compareRuns(@Args('ids', { type: () => [ID] }) ids: string[]): Promise<RunComparison> {
    return this.comparisons.compare(ids);
  }
}
