import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Clock } from '../access/clock.js';
import { findByIdPrefix, found, Store } from '../access/store.js';
import { RanksweepError } from '../core/errors.js';
import { NO_STOP_RULES, type StopRules } from '../core/stop-rules.js';
import type { SweepConfig } from '../core/sweep-config.js';
import { referenceEdit } from './reference-point-edit.js';
import { Sweep, type SweepEdit } from './sweep.entity.js';
import { plannedTrials } from './sweep.service.js';
import type { SweepEditInput } from './sweep-edit.input.js';
import { SweepEndService } from './sweep-end.service.js';
import { Trial } from './trial.entity.js';

type Limits = StopRules & { runCap: number | null };
const FIELDS: (keyof Limits)[] = ['runCap', 'seconds', 'gpuHours', 'noImprovement', 'failures'];
const WHOLE: (keyof Limits)[] = ['runCap', 'noImprovement', 'failures'];

/** Changes of a sweep's limits while it is there; a finished sweep that is given more goes on. */
@Injectable()
export class SweepEditService {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly ends: SweepEndService,
  ) {}

  /** @throws RanksweepError CONFLICT for a cancelled sweep, INVALID_INPUT for a limit that is none */
  edit(id: string, input: SweepEditInput): Promise<Sweep> {
    return this.store.write(async (tx) => {
      const sweep = found(await findByIdPrefix(tx, Sweep, id), 'sweep', id);
      if (sweep.state === 'cancelled') {
        throw new RanksweepError(
          'CONFLICT',
          `${sweep.id} is cancelled: make a new sweep with warm_start: ${sweep.id}`,
        );
      }
      const trials = await tx.find(Trial, { where: { sweepId: sweep.id }, order: { number: 'ASC' } });
      const edited = withEdits(sweep, input, trials.length, this.clock.instant());
      await tx.update(Sweep, { id: sweep.id }, {
        ...edited,
        ...(await this.goingOn(tx, edited, trials)),
      } as object);
      return tx.findOneByOrFail(Sweep, { id: sweep.id });
    });
  }

  private async goingOn(tx: EntityManager, sweep: Sweep, trials: Trial[]): Promise<Partial<Sweep>> {
    const why = await this.ends.why(tx, sweep, trials);
    if (sweep.state !== 'finished' || why !== null) return {};
    return { state: 'running', endedAt: null, endReason: null };
  }
}

function withEdits(sweep: Sweep, input: SweepEditInput, afterTrial: number, at: string): Sweep {
  const before: Limits = { ...(sweep.stopRules ?? NO_STOP_RULES), runCap: sweep.runCap };
  const edits = FIELDS.flatMap((field): SweepEdit[] => {
    const to = input[field];
    if (to === undefined || to === before[field]) return [];
    checkLimit(field, to);
    return [{ at, afterTrial, field, from: before[field], to, because: input.because ?? null }];
  });
  const { runCap, ...stopRules } = {
    ...before,
    ...Object.fromEntries(edits.map(({ field, to }) => [field, to])),
  };
  const moved = referenceEdit(sweep, input, afterTrial, at);
  const planned = plannedTrials({ ...(sweep.config as SweepConfig), runCap });
  return {
    ...{ ...sweep, runCap, stopRules, plannedTrials: planned },
    ...(moved !== undefined && { referencePoint: moved.to as Sweep['referencePoint'] }),
    edits: [...sweep.edits, ...edits, ...(moved === undefined ? [] : [moved])],
  };
}

function checkLimit(field: keyof Limits, value: number | null): void {
  if (value === null || (value > 0 && (Number.isInteger(value) || !WHOLE.includes(field)))) return;
  const message = `found ${value}, expected ${WHOLE.includes(field) ? 'a whole number' : 'a number'} above 0, or null`;
  throw new RanksweepError('INVALID_INPUT', `${field}: ${message}`, [{ field, message }]);
}
