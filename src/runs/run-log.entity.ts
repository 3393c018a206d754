import { Column, Entity, PrimaryColumn, type ValueTransformer } from 'typeorm';
import { maskLines } from '../core/secrets.js';

/** Whoever reports them: what looks like a secret is not stored. */
const masked: ValueTransformer = { to: (lines: string[]) => maskLines(lines), from: (lines) => lines };

/** Lines that a run's program printed, as they came with one batch of progress. */
@Entity()
export class RunLog {
  @PrimaryColumn('varchar')
  runId: string;

  @PrimaryColumn('integer')
  batch: number;

  @Column('simple-json', { transformer: masked })
  lines: string[];
}
