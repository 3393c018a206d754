import { Field, ID, InputType, Int, ObjectType } from '@nestjs/graphql';
import { EvaluationRoleEnum, GoalEnum } from '../../access/graphql-enums.js';
import { JsonScalar, MetricValuesScalar, NumbersScalar } from '../../access/scalars.js';
import type { Goal } from '../../core/metric-value.js';
import type { EvaluationRole } from '../../core/run-config.js';

@InputType()
export class ScoreInput {
  @Field(() => String, {
    description: 'loss (nats a token), bits_per_byte, exact_match, or a name of its own',
  })
  score: string;

  @Field(() => GoalEnum, { description: 'which way is better' })
  goal: Goal;

  @Field(() => JsonScalar, { description: 'a list of MetricValue, one for each key' })
  values: unknown;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'a list of numbers, one for each key: how much it counts in the mean; default: all the same',
  })
  weights?: unknown;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      'as values, of the base model without adapter; may be left out where baseKey is known already',
  })
  baseValues?: unknown;

  @Field(() => ID, {
    nullable: true,
    description: 'what was asked of which base model, as a hash; default: of what baseValues says',
  })
  baseKey?: string | null;
}

@InputType({ description: 'Scores of one run on one set of items. Sent again, it changes nothing.' })
export class RecordEvaluationInput {
  @Field(() => ID)
  runId: string;

  @Field(() => Int, {
    nullable: true,
    description: 'of a worker’s run: refused if the run is no longer this worker’s',
  })
  leaseToken?: number | null;

  @Field(() => String, { description: 'of the set: letters, digits, “.”, “_” and “-”' })
  name: string;

  @Field(() => EvaluationRoleEnum)
  role: EvaluationRole;

  @Field(() => String, { nullable: true, description: 'how far the set is from the training data, in words' })
  distance?: string | null;

  @Field(() => String, { nullable: true, description: 'of the suite that names the set' })
  suiteHash?: string | null;

  @Field(() => String, { nullable: true, description: 'of the data; default: of the keys' })
  datasetHash?: string | null;

  @Field(() => String, { nullable: true, description: 'the base model: a hash of its files, or its name' })
  baseModel?: string | null;

  @Field(() => JsonScalar, {
    description: 'a list of texts, none twice: what identifies each item, in any run',
  })
  keys: unknown;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'a list of texts or nulls, one for each key: for scores by group',
  })
  groups?: unknown;

  @Field(() => [ScoreInput])
  scores: ScoreInput[];
}

@ObjectType({ description: 'What a score found on each item. The lists are parallel.' })
export class ScoredItems {
  @Field(() => String)
  score: string;

  @Field(() => GoalEnum)
  goal: Goal;

  @Field(() => String)
  itemsHash: string;

  @Field(() => JsonScalar, { description: 'a list of texts' })
  keys: readonly string[];

  @Field(() => JsonScalar, { nullable: true, description: 'a list of texts or nulls' })
  groups: (string | null)[] | null;

  @Field(() => MetricValuesScalar)
  values: Float64Array;

  @Field(() => NumbersScalar, { nullable: true })
  weights: Float64Array | null;

  @Field(() => MetricValuesScalar, { nullable: true, description: 'of the base model without adapter' })
  baseValues: Float64Array | null;
}

@ObjectType({ description: 'Scores of several runs on the items that all of them have.' })
export class AlignedScores {
  @Field(() => GoalEnum)
  goal: Goal;

  @Field(() => JsonScalar, { description: 'a list of texts' })
  keys: string[];

  @Field(() => [MetricValuesScalar], { description: 'for each run, in the order asked for' })
  values: Float64Array[];

  @Field(() => NumbersScalar, { nullable: true, description: 'of the first run' })
  weights: Float64Array | null;

  @Field(() => [MetricValuesScalar], {
    nullable: 'items',
    description: 'for each run: of its base model, where it was scored',
  })
  baseValues: (Float64Array | null)[];

  @Field(() => [Int], { description: 'for each run, how many of its items another one lacks' })
  left: number[];
}
