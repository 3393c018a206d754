import { Injectable } from '@nestjs/common';
import { AccessService } from '../access/access.service.js';
import { Clock } from '../access/clock.js';
import { newId } from '../access/ids.js';
import { ProjectService } from '../access/project.service.js';
import { findByIdPrefix, insertRow, Store } from '../access/store.js';
import { RanksweepError } from '../core/errors.js';
import type { SweepState } from '../core/states.js';
import { parseSweep, type SweepConfig } from '../core/sweep-config.js';
import { countPoints } from '../search/finite-space.js';
import type { CreateSweepInput } from './claim.type.js';
import { Sweep } from './sweep.entity.js';
import type { SweepPage } from './sweep-page.type.js';
import { WarmStartService } from './warm-start.service.js';

const MAX_PAGE = 1000;
export const DEFAULT_PROJECT = 'default';

export interface SweepsQuery {
  project?: string | null;
  states?: SweepState[] | null;
  first: number;
  after?: string | null;
}

@Injectable()
export class SweepService {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly projects: ProjectService,
    private readonly warmStarts: WarmStartService,
    private readonly access: AccessService,
  ) {}

  /** @throws RanksweepError INVALID_INPUT with every problem of the YAML, its line and column */
  create(input: CreateSweepInput): Promise<Sweep> {
    const config = parseSweep(input.yaml, input.source ?? undefined);
    return this.store.write(async (tx) => {
      const projectName = input.project ?? config.project ?? DEFAULT_PROJECT;
      const project = await this.projects.ensure(tx, projectName);
      const warmStart = await this.warmStarts.of(tx, config);
      return insertRow(tx, Sweep, { ...this.rowOf(config, input), projectId: project.id, warmStart });
    });
  }

  find(id: string): Promise<Sweep | null> {
    return findByIdPrefix(this.store.read, Sweep, id);
  }

  /** Newest first; `after` is the last ID of the page before. */
  async page(args: SweepsQuery): Promise<SweepPage> {
    checkFirst(args.first);
    const query = this.filtered(args);
    const total = await query.clone().getCount();
    const after = args.after ? await this.find(args.after) : null;
    if (after !== null) {
      query.andWhere('(sweep.createdAt, sweep.id) < (:createdAt, :id)', { ...after });
    }
    const items = await query
      .orderBy({ 'sweep.createdAt': 'DESC', 'sweep.id': 'DESC' })
      .limit(args.first + 1)
      .getMany();
    const next = items.length > args.first ? items[args.first - 1]!.id : null;
    return { items: items.slice(0, args.first), total, next };
  }

  countInProject(projectId: string): Promise<number> {
    return this.store.read.countBy(Sweep, { projectId });
  }

  private rowOf(
    config: SweepConfig,
    { yaml, source }: CreateSweepInput,
  ): Omit<Sweep, 'projectId' | 'warmStart'> {
    const id = newId('sweep');
    const { method, metric, seed, runCap } = config;
    return {
      ...{ id, name: config.name ?? nameFrom(source) ?? id, state: 'running', yaml, source: source ?? null },
      ...{ config, method, metric, seed, runCap, plannedTrials: plannedTrials(config) },
      ...{ stopRules: config.stop, endReason: null, edits: [], referencePoint: null },
      ...{ createdAt: this.clock.instant(), endedAt: null },
    };
  }

  private filtered({ project, states }: SweepsQuery) {
    const query = this.store.read.createQueryBuilder(Sweep, 'sweep');
    if (project) {
      query.andWhere('sweep.projectId IN (SELECT id FROM project WHERE name = :project OR id = :project)', {
        project,
      });
    }
    const { visible } = this.access.current;
    if (visible?.length === 0) query.andWhere('1 = 0');
    else if (visible) query.andWhere('sweep.projectId IN (:...visible)', { visible });
    if (states?.length === 0) query.andWhere('1 = 0');
    else if (states) query.andWhere('sweep.state IN (:...states)', { states });
    return query;
  }
}

/** run_cap or the number of points (times seeds), whichever is less; null: it goes on until somebody ends it. */
export function plannedTrials({ runCap, parameters, constraints, seeds }: SweepConfig): number | null {
  const points = countPoints(parameters, constraints);
  const size = points === null ? null : points * (seeds ?? 1);
  return size === null ? runCap : Math.min(runCap ?? size, size);
}

/** quickstart.yaml → quickstart */
function nameFrom(source: string | null | undefined): string | null {
  return (
    source
      ?.split(/[\\/]/)
      .at(-1)
      ?.replace(/\.ya?ml$/, '') || null
  );
}

function checkFirst(first: number): void {
  if (first >= 1 && first <= MAX_PAGE) return;
  const message = `found ${first}, allowed are 1 to ${MAX_PAGE}`;
  throw new RanksweepError('INVALID_INPUT', `first: ${message}`, [{ field: 'first', message }]);
}
