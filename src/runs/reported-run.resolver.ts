import { Args, ID, Int, Mutation, Parent, ResolveField, Resolver } from '@nestjs/graphql';
import { JsonScalar } from '../access/scalars.js';
import { RecordAnswer, RecordRunInput } from './reported-run.input.js';
import { ReportedRunService } from './reported-run.service.js';
import { Run } from './run.entity.js';

@Resolver(() => Run)
export class ReportedRunResolver {
  constructor(private readonly reported: ReportedRunService) {}

  @Mutation(() => RecordAnswer, {
    description: 'any program’s run: made, or added to; points go to POST /api/runs/ID/points',
  })
  recordRun(@Args('input') input: RecordRunInput): Promise<RecordAnswer> {
    return this.reported.record(input);
  }

  @Mutation(() => Int, { description: 'shows runs that were recorded as hidden: all of them in one moment' })
  revealRuns(@Args('ids', { type: () => [ID] }) ids: string[]): Promise<number> {
    return this.reported.reveal(ids);
  }

  @ResolveField(() => JsonScalar, {
    description: '{key: text}: as another program logged them; the config follows',
  })
  params(@Parent() run: Run): Promise<Record<string, string>> {
    return this.reported.paramsOf(run.id);
  }
}
