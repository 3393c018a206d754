import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The items of an evaluation set, in order: stored once, however many runs are evaluated on them. */
@Entity()
export class EvaluationItems {
  /** of the keys and groups */
  @PrimaryColumn('varchar')
  hash: string;

  @Column('integer')
  count: number;

  /** content hashes of the items */
  @Column('simple-json')
  keys: string[];

  /** what each item belongs to, for scores by group; null: the set has no groups */
  @Column('simple-json', { nullable: true })
  groups: (string | null)[] | null;
}
