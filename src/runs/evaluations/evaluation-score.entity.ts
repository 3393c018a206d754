import { Field, Int, ObjectType } from '@nestjs/graphql';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { anyFloat } from '../../access/float-columns.js';
import { GoalEnum } from '../../access/graphql-enums.js';
import { MetricValueScalar } from '../../access/scalars.js';
import type { Goal } from '../../core/metric-value.js';

const always = { nullable: true, transformer: anyFloat } as const;

/** One score of a run on one of its evaluation sets, with its value for each item in columns (column-codec.ts). */
@Entity()
@ObjectType()
export class EvaluationScore {
  @PrimaryColumn('varchar')
  runId: string;

  /** of the set */
  @PrimaryColumn('varchar')
  name: string;

  @Field(() => String, { description: 'loss, bits_per_byte, exact_match, …' })
  @PrimaryColumn('varchar')
  score: string;

  @Field(() => GoalEnum, { description: 'which way is better' })
  @Column('varchar')
  goal: Goal;

  @Field(() => String, {
    description: 'of the items’ keys and groups: the same for every run on the same items',
  })
  @Column('varchar')
  itemsHash: string;

  @Field(() => Int, { description: 'items' })
  @Column('integer')
  count: number;

  @Field(() => MetricValueScalar, { description: 'the mean of the items, weighted where they have weights' })
  @Column('double precision', always)
  value: number;

  @Column('blob')
  values: Buffer;

  /** null: all items count the same */
  @Column('blob', { nullable: true })
  weights: Buffer | null;

  @Field(() => String, {
    nullable: true,
    description: 'of the base’s stored score; null: the base was not scored',
  })
  @Index()
  @Column('varchar', { nullable: true })
  baseKey: string | null;
}
