import { Field, Int, ObjectType } from '@nestjs/graphql';
import { Sweep } from './sweep.entity.js';

@ObjectType()
export class SweepPage {
  @Field(() => [Sweep])
  items: Sweep[];

  @Field(() => Int)
  total: number;

  @Field(() => String, {
    nullable: true,
    description: 'pass as `after` for the next page; null: this is the last',
  })
  next: string | null;
}
