import { Field, ID, ObjectType } from '@nestjs/graphql';
import { Run } from './run.entity.js';
import { RunLink } from './run-link.entity.js';

/** The runs that a run came from and that came from it, with what links them. */
@ObjectType()
export class Lineage {
  @Field(() => ID)
  runId: string;

  @Field(() => [Run], { description: 'the run itself too; oldest first' })
  runs: Run[];

  @Field(() => [RunLink])
  links: RunLink[];

  @Field(() => Boolean, { description: 'more runs belong to it than are shown' })
  isCut: boolean;
}
