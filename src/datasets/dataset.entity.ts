import { Field, Float, ID, Int, ObjectType } from '@nestjs/graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import { InstantScalar } from '../access/scalars.js';

/** Examples, known by the hash of their content. */
@Entity()
@ObjectType()
export class Dataset {
  /** canonical hash: of the parsed examples, whatever their white space, key order and order of lines */
  @Field(() => ID)
  @PrimaryColumn('varchar')
  hash: string;

  /** SHA-256 of the bytes of the file in which these examples were first seen */
  @Field(() => String)
  @Column('varchar')
  contentHash: string;

  @Field(() => String)
  @Column('varchar')
  name: string;

  @Field(() => Int)
  @Column('integer')
  examples: number;

  @Field(() => Float)
  @Column('double precision')
  bytes: number;

  @Field(() => InstantScalar)
  @Column('varchar')
  firstSeenAt: string;
}
