import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** What a value of a config is: number, string, boolean, list, map. A null is no value. */
export type FieldKind = 'n' | 's' | 'b' | 'l' | 'm';

/**
 * One value of a run's config in a line of its own, so that a filter on it reads this narrow table and not 100,000 configs. Ordered by
 * path and then run: all values of a path lie beside each other. It is derived from `run.config` and can be made anew at any time.
 */
@Entity({ withoutRowid: true })
export class RunField {
  /** keys joined by dots, e.g. lora.rank */
  @PrimaryColumn('varchar')
  path: string;

  @PrimaryColumn('varchar')
  @Index()
  runId: string;

  @Column('varchar')
  kind: FieldKind;

  /** of kind n */
  @Column('double precision', { nullable: true })
  number: number | null;

  /** a string as it is; true or false; a list as canonical JSON */
  @Column('text', { nullable: true })
  text: string | null;
}
