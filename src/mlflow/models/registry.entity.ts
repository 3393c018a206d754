import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A name under which versions of a model are registered. */
@Entity()
export class RegisteredModel {
  @PrimaryColumn('varchar')
  name: string;

  @Column('text', { nullable: true })
  description: string | null;

  @Column('varchar')
  createdAt: string;

  @Column('varchar')
  updatedAt: string;

  @Column('simple-json')
  tags: Record<string, string>;

  /** alias → version */
  @Column('simple-json')
  aliases: Record<string, number>;
}

@Entity()
export class ModelVersion {
  @PrimaryColumn('varchar')
  name: string;

  /** from 1 */
  @PrimaryColumn('integer')
  version: number;

  /** where its files are */
  @Column('text')
  source: string;

  @Index()
  @Column('varchar', { nullable: true })
  runId: string | null;

  @Column('varchar', { nullable: true })
  modelId: string | null;

  @Column('text', { nullable: true })
  description: string | null;

  /** None, Staging, Production or Archived */
  @Column('varchar')
  stage: string;

  @Column('varchar')
  createdAt: string;

  @Column('varchar')
  updatedAt: string;

  @Column('simple-json')
  tags: Record<string, string>;
}
