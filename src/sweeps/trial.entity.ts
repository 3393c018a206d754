import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { TrialStateEnum } from '../access/graphql-enums.js';
import { InstantScalar, JsonScalar, MetricValueScalar } from '../access/scalars.js';
import type { MetricJson } from '../core/metric-value.js';
import type { TrialState } from '../core/states.js';
import type { HistoryChange } from '../search/history.js';
import type { PredictedEnd } from '../search/pruners/curve.js';

/** One suggested set of parameters, a slot in the sweep's queue. A trial whose worker was lost has several runs. */
@Entity()
@ObjectType()
@Index(['sweepId', 'number'], { unique: true })
@Index(['sweepId', 'state'])
export class Trial {
  @Field(() => ID)
  @PrimaryColumn('varchar')
  id: string;

  @Field(() => ID)
  @Column('varchar')
  sweepId: string;

  @Field(() => Int, { description: 'from 1, in the order of suggestion' })
  @Column('integer')
  number: number;

  @Field(() => TrialStateEnum)
  @Column('varchar')
  state: TrialState;

  @Field(() => JsonScalar, { description: 'e.g. {"optimizer.learningRate": 0.01}' })
  @Column('simple-json')
  parameters: Record<string, unknown>;

  @Field(() => Int, { description: 'from 0: which repetition of its parameters it is, with another seed' })
  @Column('integer', { default: 0 })
  replicate: number;

  @Field(() => JsonScalar, { description: 'why the search suggested it' })
  @Column('simple-json')
  why: unknown;

  @Field(() => String, { description: 'hash of the history that the suggestion saw' })
  @Column('varchar')
  historyHash: string;

  @Field(() => JsonScalar, {
    nullable: true,
    description: '[[number, state, value]]: what that history had new since the suggestion before',
  })
  @Column('simple-json', { nullable: true })
  historyChanges: HistoryChange[] | null;

  /** NaN and the infinities are kept as text: a result too, and never the best */
  @Field(() => MetricValueScalar, { nullable: true })
  @Column('simple-json', { nullable: true })
  objective: unknown;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      '{name: value} of every objective and limit, where the sweep has several objectives or limits on outcomes',
  })
  @Column('simple-json', { nullable: true })
  outcomes: Record<string, MetricJson> | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      '{mean, variance}: the final value that a stopped trial was heading for; the search learns from it',
  })
  @Column('simple-json', { nullable: true })
  predicted: PredictedEnd | null;

  @Field(() => Int, { description: 'how often it was handed to a worker' })
  @Column('integer')
  attempts: number;

  @Column('varchar', { nullable: true })
  latestRunId: string | null;

  @Field(() => InstantScalar)
  @Column('varchar')
  createdAt: string;

  @Field(() => InstantScalar, { nullable: true })
  @Column('varchar', { nullable: true })
  endedAt: string | null;
}
