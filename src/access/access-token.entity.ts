import { Field, ID, ObjectType } from '@nestjs/graphql';
import { Column, Entity, PrimaryColumn } from 'typeorm';
import type { Role } from './principal.js';
import { InstantScalar } from './scalars.js';

/** What its bearer may do. The secret itself is nowhere: only its hash. */
@Entity()
@ObjectType()
export class AccessToken {
  /** also the part of the secret that may be shown */
  @Field(() => ID)
  @PrimaryColumn('varchar')
  id: string;

  @Field(() => String)
  @Column('varchar')
  name: string;

  @Field(() => String, { description: 'read, write or admin: each may do what those before it may' })
  @Column('varchar')
  role: Role;

  @Field(() => [ID], { nullable: true, description: 'null: all projects, and what belongs to none' })
  @Column('simple-json', { nullable: true })
  projectIds: string[] | null;

  /** of the whole secret, in hex. A hash made to be slow would add nothing: the secret is 32 random bytes. */
  @Column('varchar')
  sha256: string;

  @Field(() => InstantScalar)
  @Column('varchar')
  createdAt: string;

  @Field(() => InstantScalar, { nullable: true, description: 'null: never' })
  @Column('varchar', { nullable: true })
  expiresAt: string | null;

  @Field(() => InstantScalar, { nullable: true, description: 'to the hour' })
  @Column('varchar', { nullable: true })
  lastUsedAt: string | null;

  @Field(() => InstantScalar, { nullable: true })
  @Column('varchar', { nullable: true })
  revokedAt: string | null;
}
