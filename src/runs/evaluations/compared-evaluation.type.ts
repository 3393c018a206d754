import { Field, Float, ID, Int, ObjectType } from '@nestjs/graphql';
import { EvaluationRoleEnum, GoalEnum } from '../../access/graphql-enums.js';
import { MetricValueScalar } from '../../access/scalars.js';
import type { Goal } from '../../core/metric-value.js';
import type { EvaluationRole } from '../../core/run-config.js';

@ObjectType({ description: 'A run against a baseline, item by item, on one score of one set.' })
export class ComparedEvaluation {
  @Field(() => ID)
  runId: string;

  @Field(() => String, { description: 'of the set' })
  name: string;

  @Field(() => EvaluationRoleEnum)
  role: EvaluationRole;

  @Field(() => String)
  score: string;

  @Field(() => GoalEnum)
  goal: Goal;

  @Field(() => Int, { description: 'items that both have a finite score on' })
  items: number;

  @Field(() => Int, { description: 'what was drawn independently: items, or the groups that they come in' })
  units: number;

  @Field(() => MetricValueScalar, {
    description: 'weighted mean over the items; positive: the run is better',
  })
  gain: number;

  @Field(() => MetricValueScalar, {
    description: 'of the gain, with 95 % for all comparisons of the answer together (bootstrap, BCa)',
  })
  low: number;

  @Field(() => MetricValueScalar)
  high: number;

  @Field(() => String, { description: 'signed_rank | mcnemar' })
  test: string;

  @Field(() => Float, { description: "of the test, corrected for the answer's comparisons by Holm's method" })
  p: number;

  @Field(() => String, { nullable: true, description: 'run | baseline; null: not distinguishable' })
  better: string | null;

  @Field(() => String)
  words: string;
}
