import { Field, ID, ObjectType } from '@nestjs/graphql';

/** A model that MLflow's client logged, beside the run that made or read it. */
@ObjectType('LoggedModel')
export class LoggedModelOfRun {
  runId: string;

  @Field(() => ID)
  id: string;

  @Field(() => String)
  name: string;

  @Field(() => String, { description: 'input: the run read it; output: it made it' })
  use: string;
}
