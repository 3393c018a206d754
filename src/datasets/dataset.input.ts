import { Field, Float, InputType, Int } from '@nestjs/graphql';
import { JsonScalar } from '../access/scalars.js';
import type { DatasetCheck } from './dataset-check.entity.js';

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

@InputType()
export class CheckedFileInput {
  /** "train", "validation" or "evaluations.NAME" */
  @Field(() => String)
  use: string;

  @Field(() => String)
  contentHash: string;

  @Field(() => String)
  canonicalHash: string;
}

/** What was found in a training set, beside the sets that its runs are measured on. */
@InputType()
export class DatasetCheckInput {
  /** of the rules */
  @Field(() => Int)
  version: number;

  @Field(() => Int)
  examples: number;

  @Field(() => [CheckedFileInput])
  files: CheckedFileInput[];

  @Field(() => JsonScalar, { description: 'number of findings by kind' })
  counts: DatasetCheck['counts'];

  @Field(() => JsonScalar, { description: 'the first of each kind: [{kind, items: [{file, line}], detail}]' })
  findings: DatasetCheck['findings'];
}
