import { Field, Float, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { MetricValueScalar } from '../access/scalars.js';

@InputType()
export class PointInput {
  @Field(() => String)
  metric: string;

  @Field(() => Float)
  step: number;

  @Field(() => MetricValueScalar)
  value: number;

  @Field(() => Float, { description: 'ms since the epoch' })
  time: number;
}

@InputType()
export class ProgressInput {
  @Field(() => ID)
  runId: string;

  @Field(() => Int)
  leaseToken: number;

  @Field(() => Int, { description: 'from 1, one more each time; a number delivered twice is stored once' })
  batch: number;

  @Field(() => [PointInput])
  points: PointInput[];

  @Field(() => [String], { nullable: true })
  log?: string[];
}

/** Losing the lease and being stopped are answers, not errors. */
@ObjectType()
export class ProgressAnswer {
  @Field(() => Boolean, { description: 'the batch is stored (now or by an earlier delivery)' })
  accepted: boolean;

  @Field(() => Boolean, { description: 'the run is no longer this worker’s: nothing was stored' })
  leaseLost: boolean;

  @Field(() => Boolean)
  stop: boolean;

  @Field(() => String, { nullable: true })
  stopReason: string | null;
}
