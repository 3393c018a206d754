import { Field, ObjectType } from '@nestjs/graphql';
import { Run } from './run.entity.js';

@ObjectType()
export class RunPage {
  @Field(() => [Run])
  items: Run[];

  @Field(() => String, {
    nullable: true,
    description: 'pass as `after` for the next page; null: this is the last',
  })
  next: string | null;

  countAll: () => Promise<number>;
}

/** What columns there are: the paths that the filtered runs' configs have, and their metrics. */
@ObjectType()
export class RunKeys {
  @Field(() => [String], { description: 'without the leading "config.", e.g. lora.rank' })
  configPaths: string[];

  @Field(() => [String])
  metricNames: string[];
}
