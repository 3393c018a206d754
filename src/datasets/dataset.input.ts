import { Field, Float, InputType, Int } from '@nestjs/graphql';

@InputType()
export class DatasetInput {
  /** "train", "validation" or "evaluations.NAME" */
  @Field(() => String)
  use: string;

  @Field(() => String)
  path: string;

  @Field(() => String)
  name: string;

  @Field(() => String)
  contentHash: string;

  @Field(() => String)
  canonicalHash: string;

  @Field(() => Int)
  examples: number;

  @Field(() => Float)
  bytes: number;
}
