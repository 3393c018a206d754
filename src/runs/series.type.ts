import { Field, Int, ObjectType } from '@nestjs/graphql';
import { MetricValuesScalar, NumbersScalar } from '../access/scalars.js';

/**
 * The points of one metric: every one (exact), or buckets of neighbours. Entry i of every list is of the same point or bucket. A bucket
 * reaches from `fromSteps[i]` to `steps[i]`, and its count, minimum, maximum and mean are of every point in it.
 */
@ObjectType()
export class Series {
  @Field(() => String)
  name: string;

  @Field(() => Int, {
    description: 'how many points were logged (in the range of steps, if one was asked for)',
  })
  count: number;

  @Field(() => Boolean, { description: 'true: every point; false: one entry per bucket' })
  exact: boolean;

  @Field(() => NumbersScalar, { description: 'of a bucket: its last step' })
  steps: ArrayLike<number>;

  @Field(() => MetricValuesScalar, { description: 'of a bucket: its last value' })
  values: ArrayLike<number>;

  @Field(() => NumbersScalar, { description: 'ms since the epoch; of a bucket: of its last point' })
  times: ArrayLike<number>;

  @Field(() => MetricValuesScalar, { nullable: true, description: 'lowest logged value of each bucket' })
  minimums: ArrayLike<number> | null;

  @Field(() => MetricValuesScalar, { nullable: true, description: 'highest logged value of each bucket' })
  maximums: ArrayLike<number> | null;

  @Field(() => NumbersScalar, { nullable: true, description: 'first step of each bucket' })
  fromSteps: ArrayLike<number> | null;

  @Field(() => NumbersScalar, { nullable: true, description: 'points in each bucket' })
  counts: ArrayLike<number> | null;

  @Field(() => NumbersScalar, { nullable: true, description: 'points in each bucket that are NaN' })
  nanCounts: ArrayLike<number> | null;

  @Field(() => MetricValuesScalar, {
    nullable: true,
    description: "mean of each bucket's values that are not NaN",
  })
  means: ArrayLike<number> | null;
}

/** What an exact series has in place of buckets. */
export const NO_BUCKETS = {
  ...{ minimums: null, maximums: null, fromSteps: null, counts: null, nanCounts: null, means: null },
};
