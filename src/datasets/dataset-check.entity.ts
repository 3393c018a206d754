import { Field, ID, Int, ObjectType } from '@nestjs/graphql';
import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { InstantScalar, JsonScalar } from '../access/scalars.js';

/** What was found in a training set, checked beside the sets that its runs are measured on. */
@Entity()
@ObjectType()
export class DatasetCheck {
  /** hash of the rules' version, and of the use and bytes of each file */
  @Field(() => ID)
  @PrimaryColumn('varchar')
  key: string;

  /** of the training set */
  @Index()
  @Column('varchar')
  datasetHash: string;

  @Field(() => Int, { description: 'of the rules' })
  @Column('integer')
  version: number;

  @Field(() => Int, { description: 'of the training set' })
  @Column('integer')
  examples: number;

  @Field(() => JsonScalar, { description: '[{use, contentHash, canonicalHash}]' })
  @Column('simple-json')
  files: { use: string; contentHash: string; canonicalHash: string }[];

  @Field(() => JsonScalar, { description: 'number of findings by kind' })
  @Column('simple-json')
  counts: Record<string, number>;

  @Field(() => JsonScalar, {
    description:
      'the first of each kind: [{kind, items: [{file, line}], detail}]; a file is named by its use',
  })
  @Column('simple-json')
  findings: { kind: string; items: { file: string; line: number }[]; detail: string }[];

  @Field(() => InstantScalar)
  @Column('varchar')
  checkedAt: string;
}

/** For what, and by how many runs, a dataset was read. */
@ObjectType()
export class DatasetUse {
  @Field(() => String, { description: '"train", "validation" or "evaluations.NAME"' })
  use: string;

  @Field(() => Int)
  runs: number;
}
