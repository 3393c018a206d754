import { Args, Mutation, Resolver } from '@nestjs/graphql';
import { ProgressAnswer, ProgressInput } from '../runs/progress.input.js';
import { FinishAnswer, FinishInput, OpenRunInput, ResumeRunInput } from '../runs/run-lifecycle.input.js';
import { ClaimService } from './claim.service.js';
import { Claim, ClaimInput } from './claim.type.js';
import { TrialProgressService } from './trial-progress.service.js';

/** What a worker says, beginning to end. */
@Resolver()
export class ClaimResolver {
  constructor(
    private readonly claims: ClaimService,
    private readonly progress: TrialProgressService,
  ) {}

  @Mutation(() => Claim, { description: 'the next trial with its lease, or nothing' })
  claimTrial(@Args('input') input: ClaimInput): Promise<Claim> {
    return this.claims.claimTrial(input);
  }

  @Mutation(() => Claim, { description: 'a run outside of any sweep, with its lease' })
  openRun(@Args('input') input: OpenRunInput): Promise<Claim> {
    return this.claims.openRun(input);
  }

  @Mutation(() => Claim, { description: 'an ended run outside of any sweep goes on, with a new lease' })
  resumeRun(@Args('input') input: ResumeRunInput): Promise<Claim> {
    return this.claims.resumeRun(input);
  }

  @Mutation(() => ProgressAnswer, {
    description: 'stores points, renews the lease, answers whether to stop; without points: a sign of life',
  })
  reportProgress(@Args('input') input: ProgressInput): Promise<ProgressAnswer> {
    return this.progress.report(input);
  }

  @Mutation(() => FinishAnswer, { description: 'ends the run of a trial, and the trial' })
  finishTrial(@Args('input') input: FinishInput): Promise<FinishAnswer> {
    return this.progress.finish(input);
  }
}
