import { Field, Float, ID, Int, ObjectType } from '@nestjs/graphql';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { InstantScalar, JsonScalar, MetricValueScalar } from '../access/scalars.js';

/** One judgement of a sweep's stopping rule over a run: the last one at each rung, whether it stopped the run or not. */
@Entity()
@ObjectType({ description: 'what the stopping rule decided, and the numbers that decided' })
export class StopDecision {
  @Field(() => ID)
  @PrimaryColumn('varchar')
  runId: string;

  @Field(() => Int, {
    description: "the rung's step (hyperband: W&B's iteration), 0 for rules without rungs",
  })
  @PrimaryColumn('integer')
  rung: number;

  @Index()
  @Column('varchar')
  trialId: string;

  @Field(() => String)
  @Column('varchar')
  rule: string;

  @Field(() => Boolean)
  @Column('boolean')
  stop: boolean;

  @Field(() => String, {
    nullable: true,
    description: 'the metric that decided; null: from before it was kept',
  })
  @Column('varchar', { nullable: true })
  metric: string | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description:
      '[{metric, stop, step, value, threshold, probability, why}]: each one, where several are judged',
  })
  @Column('simple-json', { nullable: true })
  judged: unknown;

  @Field(() => Float, { description: 'of the value that was judged' })
  @Column('double precision')
  step: number;

  @Field(() => MetricValueScalar)
  @Column('simple-json')
  value: unknown;

  @Field(() => MetricValueScalar, { nullable: true, description: 'what the value was held against' })
  @Column('simple-json', { nullable: true })
  threshold: unknown;

  @Field(() => Float, { nullable: true, description: 'of beating the best finished trial' })
  @Column('double precision', { nullable: true })
  probability: number | null;

  @Field(() => JsonScalar, {
    nullable: true,
    description: '{mean, sd} of the final value, where the rule predicts it',
  })
  @Column('simple-json', { nullable: true })
  predicted: { mean: number; sd: number } | null;

  @Field(() => Int, { description: 'trials that it was compared with' })
  @Column('integer')
  peers: number;

  @Field(() => String)
  @Column('text')
  why: string;

  @Field(() => InstantScalar)
  @Column('varchar')
  decidedAt: string;
}
