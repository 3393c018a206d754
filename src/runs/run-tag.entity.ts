import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A word that somebody pinned to a run: a key and a value, changed and taken off at will. */
@Entity()
export class RunTag {
  @PrimaryColumn('varchar')
  runId: string;

  @PrimaryColumn('varchar')
  @Index()
  key: string;

  @Column('text')
  value: string;
}
