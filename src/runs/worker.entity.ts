import { Field, ID, ObjectType } from '@nestjs/graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { InstantScalar, JsonScalar } from '../access/scalars.js';

/** A process that claims trials and executes them, one per GPU or per CPU machine. */
@Entity()
@ObjectType()
export class Worker {
  @Field(() => ID)
  @PrimaryColumn('varchar')
  id: string;

  @Field(() => String)
  @Column('varchar')
  name: string;

  @Field(() => String)
  @Column('varchar')
  host: string;

  @Field(() => JsonScalar)
  @Column('simple-json')
  device: unknown;

  @Field(() => InstantScalar)
  @Column('varchar')
  startedAt: string;

  @Field(() => InstantScalar)
  @Column('varchar')
  lastSeenAt: string;
}
