import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { anyFloat } from '../../access/float-columns.js';
import { MetricValueScalar } from '../../access/scalars.js';

/** A score of a base model without adapter, stored once for all runs: what was asked of which model is its key. */
@Entity()
@ObjectType()
export class BaseScore {
  @Field(() => ID)
  @PrimaryColumn('varchar')
  key: string;

  @Field(() => String, {
    description: 'of the base model’s files, or its name where another program scored it',
  })
  @Column('varchar')
  model: string;

  @Field(() => String)
  @Column('varchar')
  itemsHash: string;

  @Field(() => Int, { description: 'items' })
  @Column('integer')
  count: number;

  @Field(() => MetricValueScalar)
  @Column('double precision', { nullable: true, transformer: anyFloat })
  value: number;

  @Column('blob')
  values: Buffer;

  @Column('varchar')
  storedAt: string;
}
