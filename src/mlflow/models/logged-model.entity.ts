import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { anyFloat } from '../../access/float-columns.js';

/** A model that a client logged: its files are artifacts under its own ID. */
@Entity()
@Index(['projectId', 'createdAt'])
export class LoggedModel {
  @PrimaryColumn('varchar')
  id: string;

  @Column('varchar')
  projectId: string;

  @Index()
  @Column('varchar', { nullable: true })
  sourceRunId: string | null;

  @Column('varchar')
  name: string;

  @Column('varchar', { nullable: true })
  modelType: string | null;

  /** LOGGED_MODEL_PENDING, _READY or _UPLOAD_FAILED */
  @Column('varchar')
  status: string;

  @Column('varchar')
  createdAt: string;

  @Column('varchar')
  updatedAt: string;

  @Column('varchar', { nullable: true })
  deletedAt: string | null;

  @Column('simple-json')
  params: Record<string, string>;

  @Column('simple-json')
  tags: Record<string, string>;
}

/** The last value of a metric that was logged for a model, per run and dataset ("" where none was named). */
@Entity()
export class LoggedModelMetric {
  @PrimaryColumn('varchar')
  modelId: string;

  @PrimaryColumn('varchar')
  name: string;

  @PrimaryColumn('varchar')
  runId: string;

  @PrimaryColumn('varchar')
  datasetName: string;

  @PrimaryColumn('varchar')
  datasetDigest: string;

  @Column('double precision')
  step: number;

  @Column('double precision')
  time: number;

  @Column('double precision', { nullable: true, transformer: anyFloat })
  value: number;
}

/** That a run read a model, or made it. */
@Entity()
export class RunModel {
  @PrimaryColumn('varchar')
  runId: string;

  @PrimaryColumn('varchar')
  @Index()
  modelId: string;

  @PrimaryColumn('varchar')
  use: 'input' | 'output';

  @Column('double precision')
  step: number;
}
