import { Args, ID, Int, Mutation, Resolver } from '@nestjs/graphql';
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
}
