import { Field, Float, InputType, Int } from '@nestjs/graphql';
import { JsonScalar } from '../access/scalars.js';

@InputType({ description: 'what is left out stays as it is; null takes the rule away' })
export class SweepEditInput {
  @Field(() => Int, { nullable: true, description: 'trials in all' })
  runCap?: number | null;

  @Field(() => Float, { nullable: true, description: 'since the sweep was made' })
  seconds?: number | null;

  @Field(() => Float, { nullable: true })
  gpuHours?: number | null;

  @Field(() => Int, { nullable: true, description: 'finished trials in a row without a new best' })
  noImprovement?: number | null;

  @Field(() => Int, { nullable: true, description: 'failed trials' })
  failures?: number | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      '{objective: value}: where hypervolume is measured from, with several objectives; what is left out stays. Null: by the rule, once more, with the next trial',
  })
  referencePoint?: Record<string, number> | null;

  @Field(() => String, { nullable: true, description: 'the reason, for the record' })
  because?: string | null;
}
