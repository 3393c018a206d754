import { Field, Int, ObjectType } from '@nestjs/graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { InstantScalar } from '../access/scalars.js';

/** What happened to a name. Only ever added: the version of the last one is the one in use. */
@Entity()
@ObjectType()
export class AdapterEvent {
  @PrimaryColumn('varchar')
  name: string;

  @Field(() => Int, { description: 'from 1' })
  @PrimaryColumn('integer')
  number: number;

  @Field(() => String, { description: 'ship | roll_back' })
  @Column('varchar')
  action: 'ship' | 'roll_back';

  @Field(() => Int, { description: 'in use from then on' })
  @Column('integer')
  version: number;

  @Field(() => String, { nullable: true })
  @Column('text', { nullable: true })
  because: string | null;

  @Field(() => InstantScalar)
  @Column('varchar')
  at: string;
}
