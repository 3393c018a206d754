import { Field, ObjectType } from '@nestjs/graphql';
import { JsonScalar } from '../access/scalars.js';
import { Run } from './run.entity.js';

/** One thing that runs can differ in. */
@ObjectType()
export class ComparedPath {
  @Field(() => String, { description: 'as filters name it, e.g. config.lora.rank, metric.loss, tag.team' })
  path: string;

  @Field(() => JsonScalar, { description: 'of each run, in the order of `runs`; null: it has none' })
  values: unknown;

  @Field(() => Boolean)
  differs: boolean;
}

/** Runs side by side. */
@ObjectType()
export class RunComparison {
  @Field(() => [Run])
  runs: Run[];

  @Field(() => [ComparedPath], {
    description:
      'what differs first: config, then the rest of what a run was given, then its metrics; then what is equal',
  })
  paths: ComparedPath[];
}
