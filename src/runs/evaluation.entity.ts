import { Field, InputType, Int, ObjectType } from '@nestjs/graphql';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { anyFloat } from '../access/float-columns.js';
import { EvaluationRoleEnum } from '../access/graphql-enums.js';
import { MetricValueScalar } from '../access/scalars.js';
import type { EvaluationRole } from '../core/run-config.js';

const score = { nullable: true, transformer: anyFloat } as const;

/** A run's scores on one named set, beside the base model's. Losses in nats per predicted token. */
@Entity()
@ObjectType()
@InputType('EvaluationInput')
export class Evaluation {
  @PrimaryColumn('varchar')
  runId: string;

  @Field(() => String)
  @PrimaryColumn('varchar')
  name: string;

  @Field(() => EvaluationRoleEnum)
  @Column('varchar')
  role: EvaluationRole;

  @Field(() => String, { nullable: true, description: 'how far the set is from the training data, in words' })
  @Column('varchar', { nullable: true })
  distance?: string | null;

  @Field(() => String, { nullable: true, description: 'of the suite that names the set' })
  @Column('varchar', { nullable: true })
  suiteHash?: string | null;

  @Field(() => String)
  @Index()
  @Column('varchar')
  datasetHash: string;

  @Field(() => Int)
  @Column('integer')
  items: number;

  @Field(() => Int, { description: 'predicted ones; 0: the loss was not measured' })
  @Column('integer')
  tokens: number;

  @Field(() => MetricValueScalar)
  @Column('double precision', score)
  loss: number;

  @Field(() => MetricValueScalar)
  @Column('double precision', score)
  bitsPerByte: number;

  @Field(() => MetricValueScalar)
  @Column('double precision', score)
  baseLoss: number;

  @Field(() => MetricValueScalar)
  @Column('double precision', score)
  baseBitsPerByte: number;
}
