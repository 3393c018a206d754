import { Field, Float, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { JsonScalar } from '../access/scalars.js';
import { Run } from '../runs/run.entity.js';
import { Trial } from './trial.entity.js';

@InputType()
export class CreateSweepInput {
  @Field(() => String)
  yaml: string;

  @Field(() => String, { nullable: true, description: 'name of the file, for messages' })
  source?: string;

  @Field(() => String, { nullable: true, description: "overrides the file's project" })
  project?: string;
}

@InputType()
export class ClaimInput {
  @Field(() => ID)
  workerId: string;

  @Field(() => ID, { nullable: true, description: 'only trials of this sweep' })
  sweepId?: string;
}

/** What a worker is to execute, with its lease. No run: nothing to do now. */
@ObjectType()
export class Claim {
  @Field(() => Trial, { nullable: true })
  trial: Trial | null;

  @Field(() => Run, { nullable: true })
  run: Run | null;

  @Field(() => Int, { nullable: true, description: 'goes with every write of this run' })
  leaseToken: number | null;

  @Field(() => Int, {
    nullable: true,
    description: 'number of the last batch that is stored: 0, unless the run is resumed',
  })
  lastBatch: number | null;

  @Field(() => Int, { nullable: true, description: 'the lease ends this long after the last progress' })
  leaseMs: number | null;

  @Field(() => Float, {
    nullable: true,
    description: 'data sets and models of more bytes are not kept with the run',
  })
  keepBytes: number | null;

  @Field(() => ID, { nullable: true })
  sweepId: string | null;

  @Field(() => JsonScalar, { nullable: true, description: 'complete: every default filled in' })
  config: unknown;

  @Field(() => [String], { nullable: true, description: 'null: the built-in trainer' })
  command: string[] | null;

  @Field(() => Int, { nullable: true, description: 'ask again after this long' })
  waitMs: number | null;

  @Field(() => Boolean, { description: 'no running sweep is left' })
  idle: boolean;
}
