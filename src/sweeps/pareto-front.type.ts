import { Field, Float, Int, ObjectType } from '@nestjs/graphql';
import { JsonScalar } from '../access/scalars.js';
import { Trial } from './trial.entity.js';

@ObjectType({ description: 'the result of a sweep with several objectives' })
export class ParetoFront {
  @Field(() => [Trial], {
    description:
      'finished trials that keep every limit and that no other one beats, by the first objective; where seeds are repeated the first trial of each configuration, by its means',
  })
  trials: Trial[];

  @Field(() => Float, {
    nullable: true,
    description:
      "what the front dominates up to the reference point, in the product of the objectives' units",
  })
  hypervolume: number | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: '{objective: value}; null: too few trials have ended',
  })
  referencePoint: Record<string, number> | null;

  @Field(() => Boolean, { description: 'false: the reference point still moves with each trial' })
  isReferenceFixed: boolean;

  @Field(() => [Int], { description: 'numbers of the finished trials that keep every limit' })
  feasible: number[];

  @Field(() => [Int], {
    description: 'numbers of the finished trials that break a limit, or lack a value of it',
  })
  infeasible: number[];
}
