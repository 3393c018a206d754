import { ArgsType, Field, ID, InputType, Int } from '@nestjs/graphql';
import {
  type ConditionOp,
  ConditionOpEnum,
  type Direction,
  DirectionEnum,
  RunStateEnum,
} from '../access/graphql-enums.js';
import { InstantScalar, JsonScalar } from '../access/scalars.js';
import type { RunState } from '../core/states.js';

const PATH_GRAMMAR =
  'config.lora.rank · provenance.git.commit · facts.tokens · metric.NAME (its last value), metric.NAME:best, :best(maximize), :min, :max, :mean, :count, ' +
  ':at(STEP), :mean(STEP,STEP) · tag.KEY · ' +
  'id · name · state · project · group · parent · origin · notes · sweep · trial · seed · startedAt · endedAt · configHash · dataset (its hash)';

@InputType()
export class FieldCondition {
  @Field(() => String, { description: PATH_GRAMMAR })
  path: string;

  @Field(() => ConditionOpEnum)
  op: ConditionOp;

  @Field(() => JsonScalar, {
    nullable: true,
    description: 'a list for `in`, true or false for `exists`, else a string, number or boolean',
  })
  value?: unknown;
}

@InputType()
export class RunFilter {
  @Field(() => String, { nullable: true, description: "the project's name or ID" })
  project?: string;

  @Field(() => ID, { nullable: true, description: 'or its beginning' })
  sweepId?: string;

  @Field(() => [RunStateEnum], { nullable: true })
  states?: RunState[];

  @Field(() => String, {
    nullable: true,
    description: 'canonical or content hash of a dataset that was read, or its beginning',
  })
  datasetHash?: string;

  @Field(() => String, { nullable: true, description: 'or its beginning' })
  configHash?: string;

  @Field(() => String, { nullable: true, description: 'occurs in the name or starts the ID' })
  text?: string;

  @Field(() => Boolean, { nullable: true, description: 'true: those in the trash instead' })
  deleted?: boolean;

  @Field(() => [FieldCondition], { nullable: true, description: 'all of them hold' })
  where?: FieldCondition[];

  @Field(() => [RunFilter], { nullable: true, description: 'all of them let the run through' })
  and?: RunFilter[];

  @Field(() => [RunFilter], { nullable: true, description: 'at least one of them does; an empty list: none' })
  or?: RunFilter[];

  @Field(() => RunFilter, { nullable: true, description: 'it does not let the run through' })
  not?: RunFilter;

  @Field(() => InstantScalar, {
    nullable: true,
    description:
      'runs that had ended by then: their record is closed, so that the same question has the same answer while others go on',
  })
  asOf?: string;

  /** IDs of the only projects that who asks may see; no part of the API */
  projectIds?: string[];
}

@InputType()
export class OrderBy {
  @Field(() => String, { description: PATH_GRAMMAR })
  path: string;

  @Field(() => DirectionEnum, { defaultValue: 'asc' })
  direction: Direction;
}

@ArgsType()
export class RunsArgs {
  @Field(() => RunFilter, { nullable: true })
  filter?: RunFilter;

  @Field(() => [OrderBy], {
    nullable: true,
    description: 'runs without the value come last, NaN after all numbers; default: newest first',
  })
  orderBy?: OrderBy[];

  @Field(() => Int, { defaultValue: 50, description: 'at most 1000' })
  first: number;

  @Field(() => String, { nullable: true, description: '`next` of the page before' })
  after?: string;
}
