import { ArgsType, Field, Float, Int, ObjectType } from '@nestjs/graphql';
import { type Direction, DirectionEnum } from '../access/graphql-enums.js';
import { JsonScalar, MetricValueScalar } from '../access/scalars.js';
import type { ValueSummary } from '../analysis/value-summary.js';
import { RunFilter } from './run-query.input.js';

const ofFinite = (what: string) => ({ nullable: true, description: `${what} of the finite values` });

/** One path's values over all members of a group. */
@ObjectType()
export class GroupValue implements ValueSummary {
  @Field(() => String)
  path: string;

  @Field(() => Int, { description: 'members with a finite value: what the mean is the mean of' })
  n: number;

  @Field(() => Int, { description: 'members whose value is NaN or infinite' })
  notFinite: number;

  @Field(() => Int, { description: 'members without the value' })
  absent: number;

  @Field(() => Float, ofFinite('mean'))
  mean: number | null;

  @Field(() => Float, ofFinite('standard deviation (n - 1)'))
  deviation: number | null;

  @Field(() => Float, {
    nullable: true,
    description: "lower end of the mean's confidence interval (Student's t)",
  })
  low: number | null;

  @Field(() => Float, { nullable: true, description: "upper end of the mean's confidence interval" })
  high: number | null;

  @Field(() => MetricValueScalar, ofFinite('lowest'))
  min: number | null;

  @Field(() => MetricValueScalar, ofFinite('highest'))
  max: number | null;
}

/** The runs that share their values of the grouping paths. */
@ObjectType()
export class RunGroup {
  @Field(() => JsonScalar, { description: 'the shared values, in the order of `by`; null: none' })
  key: unknown;

  @Field(() => Int, { description: 'its members' })
  runs: number;

  @Field(() => [GroupValue], { description: 'in the order of `values`' })
  values: GroupValue[];
}

@ObjectType()
export class RunGroups {
  @Field(() => [RunGroup])
  items: RunGroup[];

  @Field(() => Int, { description: 'how many groups there are' })
  total: number;
}

@ArgsType()
export class RunGroupsArgs {
  @Field(() => RunFilter, { nullable: true })
  filter?: RunFilter;

  @Field(() => [String], { description: 'paths whose values make a group, e.g. config.lora.rank' })
  by: string[];

  @Field(() => [String], {
    defaultValue: [],
    description: 'paths of numbers to summarise, e.g. metric.loss:best',
  })
  values: string[];

  @Field(() => Float, { defaultValue: 0.95, description: 'of the intervals: between 0 and 1' })
  confidence: number;

  @Field(() => String, { nullable: true, description: 'one of `values`: by its mean; default: by the key' })
  orderBy?: string;

  @Field(() => DirectionEnum, { defaultValue: 'asc' })
  direction: Direction;

  @Field(() => Int, { defaultValue: 100, description: 'at most 1000' })
  first: number;
}

/** How often one value occurs. */
@ObjectType()
export class FacetValue {
  @Field(() => JsonScalar)
  value: unknown;

  @Field(() => Int)
  runs: number;
}

/** What values one path has among the filtered runs. */
@ObjectType()
export class RunFacet {
  @Field(() => String)
  path: string;

  @Field(() => [FacetValue], { description: 'the most frequent first' })
  values: FacetValue[];

  @Field(() => Int, { description: 'different values' })
  distinct: number;

  @Field(() => Int, { description: 'runs without a value' })
  absent: number;

  @Field(() => MetricValueScalar, { nullable: true, description: 'lowest number' })
  min: number | null;

  @Field(() => MetricValueScalar, { nullable: true, description: 'highest number' })
  max: number | null;
}

@ArgsType()
export class RunFacetsArgs {
  @Field(() => RunFilter, { nullable: true })
  filter?: RunFilter;

  @Field(() => [String])
  paths: string[];

  @Field(() => Int, { defaultValue: 20, description: 'values of each path, at most 1000' })
  first: number;
}
