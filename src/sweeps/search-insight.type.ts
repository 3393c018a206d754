import { Field, Float, Int, ObjectType } from '@nestjs/graphql';
import { JsonScalar, MetricValuesScalar } from '../access/scalars.js';

@ObjectType({
  description: "how much of the objective's variance over the searched space is one parameter's, or a pair's",
})
export class ParameterShare {
  @Field(() => [String], { description: 'one, or two for an interaction: what they make beyond each alone' })
  parameters: string[];

  @Field(() => Float, { description: '0 to 1' })
  share: number;

  @Field(() => Float, { description: 'between the trees of the forest' })
  deviation: number;
}

@ObjectType()
export class ParameterImportance {
  @Field(() => [ParameterShare], { description: 'largest first; empty while there are too few results' })
  shares: ParameterShare[];

  @Field(() => Float, {
    nullable: true,
    description:
      "how much of unseen trials' values the forest explains, at most 1; near or below 0 the shares say nothing. Null: too few trials to say",
  })
  explained: number | null;

  @Field(() => Int, { description: 'that it is computed from; diverged ones count as the worst value seen' })
  trials: number;

  @Field(() => [String], { description: 'parameters that some of these trials do not have' })
  leftOut: string[];
}

@ObjectType({ description: "what the model believes along one parameter, in the objective's units" })
export class SweepSlice {
  @Field(() => String)
  parameter: string;

  @Field(() => String, { description: 'ordered | unordered' })
  kind: string;

  @Field(() => Int, {
    nullable: true,
    description: 'number of the trial whose other parameters are held; null: it is of an earlier sweep',
  })
  heldAtTrial: number | null;

  @Field(() => JsonScalar, { description: 'the values of the parameter, in order' })
  values: unknown[];

  @Field(() => MetricValuesScalar)
  means: number[];

  @Field(() => MetricValuesScalar, { description: 'of the 95 % interval of the noise-free value' })
  lows: number[];

  @Field(() => MetricValuesScalar)
  highs: number[];
}
