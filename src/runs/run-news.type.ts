import { ArgsType, Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { InstantScalar } from '../access/scalars.js';
import { Run } from './run.entity.js';
import { RunFilter } from './run-query.input.js';
import { Series } from './series.type.js';

/** Runs that began, reported or ended. */
@ObjectType()
export class RunNews {
  @Field(() => InstantScalar, {
    description: 'pass as `after` to go on from here: nothing is missed, some may come twice',
  })
  cursor: string;

  @Field(() => [Run])
  runs: Run[];
}

@ArgsType()
export class RunUpdatesArgs {
  @Field(() => RunFilter, { nullable: true })
  filter?: RunFilter;

  @Field(() => InstantScalar, { nullable: true, description: '`cursor` of the last news; default: now' })
  after?: string;
}

/** What one series of one run has that the subscriber does not. */
@ObjectType()
export class SeriesAddition {
  @Field(() => ID)
  runId: string;

  @Field(() => Boolean, {
    description: 'false: points to add at the end; true: points came in between, here is all of it',
  })
  replaces: boolean;

  @Field(() => Series)
  series: Series;
}

@ObjectType()
export class SeriesNews {
  @Field(() => String, { description: 'pass as `after` to go on from here' })
  cursor: string;

  @Field(() => [SeriesAddition])
  additions: SeriesAddition[];
}

@ArgsType()
export class SeriesUpdatesArgs {
  @Field(() => [ID], { description: 'at most 100' })
  runIds: string[];

  @Field(() => [String], { nullable: true, description: 'default: all' })
  names?: string[];

  @Field(() => Int, {
    defaultValue: 1000,
    description: 'of what a series has at first; more come as buckets',
  })
  maxPoints: number;

  @Field(() => String, {
    nullable: true,
    description: '`cursor` of the last news; default: from the beginning',
  })
  after?: string;
}
