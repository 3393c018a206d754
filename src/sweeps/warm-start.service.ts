import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AccessService } from '../access/access.service.js';
import { inTurn } from '../access/in-turn.js';
import { findByIdPrefix, found } from '../access/store.js';
import { canonicalJson } from '../core/canonical-json.js';
import { RanksweepError } from '../core/errors.js';
import type { SweepConfig } from '../core/sweep-config.js';
import { Sweep, type WarmStart } from './sweep.entity.js';
import { Trial } from './trial.entity.js';
import { historyOf } from './trial-history.js';

/** What earlier sweeps of the same space have found, for the search of a new one. */
@Injectable()
export class WarmStartService {
  constructor(private readonly access: AccessService) {}

  /** @throws RanksweepError NOT_FOUND; INVALID_INPUT if a space or goal is another one */
  async of(tx: EntityManager, config: SweepConfig): Promise<WarmStart[]> {
    return inTurn(config.warmStart, (id, i) => this.from(tx, config, id, `warm_start[${i}]`));
  }

  private async from(tx: EntityManager, config: SweepConfig, id: string, field: string): Promise<WarmStart> {
    const there = await findByIdPrefix(tx, Sweep, id);
    const sweep = found(there && this.access.current.sees(there.projectId) ? there : null, 'sweep', id);
    const message = whyUnlike(config, sweep.config as SweepConfig);
    if (message !== null) {
      throw new RanksweepError('INVALID_INPUT', `${field}: ${message}`, [
        { field, message: `${sweep.id}: ${message}` },
      ]);
    }
    const trials = await tx.find(Trial, { where: { sweepId: sweep.id }, order: { number: 'ASC' } });
    const isOver = ({ state }: Trial) => state === 'finished' || state === 'stopped' || state === 'diverged';
    return { sweepId: sweep.id, history: historyOf(trials.filter(isOver)) };
  }
}

function whyUnlike(now: SweepConfig, then: SweepConfig): string | null {
  const space = ({ parameters }: SweepConfig) => canonicalJson([...parameters].sort(byName));
  if (space(now) !== space(then)) return 'its parameters are not the same: a warm start needs the same space';
  const goals = ({ metric, metrics }: SweepConfig) =>
    canonicalJson((metrics ?? [metric]).map((one) => [one?.name ?? null, one?.goal ?? null]));
  if (goals(now) !== goals(then)) return 'its metric is not the same';
  const limited = ({ outcomeConstraints = [] }: SweepConfig) => outcomeConstraints.map(({ name }) => name);
  const missing = limited(now).filter((name) => !limited(then).includes(name));
  return missing.length === 0
    ? null
    : `its trials were not asked for ${missing.join(', ')}, which is limited here`;
}

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
