import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** A content that is stored, known by its hash. Who refers to it is in run_artifact: references are counted there, never kept twice. */
@Entity()
export class ArtifactBlob {
  @PrimaryColumn('varchar')
  sha256: string;

  @Column('double precision')
  bytes: number;

  @Column('varchar')
  storedAt: string;

  /** when somebody uploaded it, asked whether it is here, or recorded it last: it will be referred to soon */
  @Column('varchar')
  touchedAt: string;

  /** in the trash since: nobody refers to it; null: it is kept */
  @Column('varchar', { nullable: true })
  @Index()
  trashedAt: string | null;
}
