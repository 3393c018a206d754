import { Field, ID, ObjectType } from '@nestjs/graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { InstantScalar } from './scalars.js';

/** A named space that holds runs and sweeps. It comes into being with the first run or sweep that names it. */
@Entity()
@ObjectType()
export class Project {
  @Field(() => ID)
  @PrimaryColumn('varchar')
  id: string;

  @Field(() => String)
  @Column('varchar', { unique: true })
  name: string;

  @Field(() => InstantScalar)
  @Column('varchar')
  createdAt: string;

  /** when its name or tags changed last; null: never */
  @Column('varchar', { nullable: true })
  updatedAt: string | null;

  @Field(() => InstantScalar, { nullable: true, description: 'in the trash since' })
  @Column('varchar', { nullable: true })
  deletedAt: string | null;
}
