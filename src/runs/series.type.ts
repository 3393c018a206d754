import { Field, Float, Int, ObjectType } from '@nestjs/graphql';
import { MetricValueScalar } from '../access/scalars.js';

/** The points of one metric: every one (exact), or one entry per bucket with the last, lowest and highest value in it. */
@ObjectType()
export class Series {
  @Field(() => String)
  name: string;

  @Field(() => Int, { description: 'how many points were logged' })
  count: number;

  @Field(() => Boolean, { description: 'true: every point; false: one entry per bucket' })
  exact: boolean;

  @Field(() => [Float])
  steps: ArrayLike<number>;

  @Field(() => [MetricValueScalar], { description: 'of a bucket: its last value' })
  values: ArrayLike<number>;

  @Field(() => [Float], { description: 'ms since the epoch' })
  times: ArrayLike<number>;

  @Field(() => [MetricValueScalar], { nullable: true, description: 'lowest logged value of each bucket' })
  minimums: ArrayLike<number> | null;

  @Field(() => [MetricValueScalar], { nullable: true, description: 'highest logged value of each bucket' })
  maximums: ArrayLike<number> | null;
}
