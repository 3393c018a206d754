import { Field, Float, InputType, ObjectType } from '@nestjs/graphql';
import { AccessToken } from './access-token.entity.js';

@InputType()
export class CreateTokenInput {
  @Field(() => String, { description: 'who or what it is for' })
  name: string;

  @Field(() => String, { description: 'read, write or admin' })
  role: string;

  @Field(() => [String], {
    nullable: true,
    description:
      'names of the projects that it reaches, made if they are not there; default: all, and what belongs to none',
  })
  projects?: string[];

  @Field(() => Float, { nullable: true, description: 'until it expires; default: never' })
  days?: number;
}

@ObjectType()
export class NewToken {
  @Field(() => AccessToken)
  token: AccessToken;

  @Field(() => String, { description: 'rks_…: shown here and never again' })
  secret: string;
}
