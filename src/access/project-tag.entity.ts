import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

@Entity()
export class ProjectTag {
  @PrimaryColumn('varchar')
  projectId: string;

  @PrimaryColumn('varchar')
  @Index()
  key: string;

  @Column('text')
  value: string;
}
