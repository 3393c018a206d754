import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { AccessService } from '../access/access.service.js';
import { Clock } from '../access/clock.js';
import { findByIdPrefix, found, insertRow, Store } from '../access/store.js';
import { RanksweepError } from '../core/errors.js';
import type { Lineage } from './lineage.type.js';
import { Run } from './run.entity.js';
import type { RunLinkInput } from './run-lifecycle.input.js';
import { LINK_KINDS, type LinkKind, RunLink } from './run-link.entity.js';

/** A picture of more could not be read. */
const MOST_RUNS = 60;

/** How runs come from each other. */
@Injectable()
export class LineageService {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly access: AccessService,
  ) {}

  /** The link of a run that repeats another: the other is not looked for, since an import may bring it later. */
  async note(tx: EntityManager, { id, reproduces }: Run): Promise<void> {
    if (reproduces === null) return;
    const link = { runId: id, fromId: reproduces, kind: 'reproduces' as const, step: null, changes: {} };
    await insertRow(tx, RunLink, { ...link, linkedAt: this.clock.instant() });
  }

  /** The link of a run that goes on from another's state, as its provenance names it. */
  async noteResumed(tx: EntityManager, runId: string, provenance: unknown): Promise<void> {
    const { resumedFrom } = (provenance ?? {}) as { resumedFrom?: { runId: string | null; step: number } };
    if (!resumedFrom?.runId || resumedFrom.runId === runId) return;
    const fromId = resumedFrom.runId;
    if (await tx.existsBy(RunLink, { runId, fromId })) return;
    const link = { runId, fromId, kind: 'resumes' as const, step: resumedFrom.step };
    const row = { ...link, changes: {}, linkedAt: this.clock.instant() };
    await tx.upsert(RunLink, row as object, ['runId', 'fromId', 'kind']);
  }

  async link(tx: EntityManager, runId: string, { fromId, kind, step, changes }: RunLinkInput): Promise<void> {
    checkKind(kind);
    const from = found(await findByIdPrefix(tx, Run, fromId), 'run', fromId);
    const link = { runId, fromId: from.id, kind, step: step ?? null, changes: changes ?? {} };
    await tx.upsert(RunLink, { ...link, linkedAt: this.clock.instant() } as object, [
      'runId',
      'fromId',
      'kind',
    ]);
  }

  /** All that is joined to a run by links, in both directions, nearest first until there are too many. */
  async of(id: string): Promise<Lineage> {
    const { read } = this.store;
    const run = found(await findByIdPrefix(read, Run, id), 'run', id);
    const links = new Map<string, RunLink>();
    const known = new Set([run.id]);
    let edge = [run.id];
    while (edge.length > 0 && known.size <= MOST_RUNS) {
      const next = await read.find(RunLink, { where: [{ runId: In(edge) }, { fromId: In(edge) }] });
      for (const link of next) links.set(`${link.runId} ${link.fromId} ${link.kind}`, link);
      edge = [...new Set(next.flatMap(({ runId, fromId }) => [runId, fromId]))].filter(
        (one) => !known.has(one),
      );
      for (const one of edge) known.add(one);
    }
    return this.cut(run.id, [...known], [...links.values()]);
  }

  private async cut(runId: string, ids: string[], links: RunLink[]): Promise<Lineage> {
    const shown = new Set(ids.slice(0, MOST_RUNS));
    const order = { startedAt: 'ASC' as const, id: 'ASC' as const };
    const found = await this.store.read.find(Run, { where: { id: In([...shown]) }, order });
    const runs = found.filter(({ projectId }) => this.access.current.sees(projectId));
    const isShown = new Set(runs.map(({ id }) => id));
    return {
      ...{ runId, runs, isCut: ids.length > MOST_RUNS },
      links: links.filter((link) => isShown.has(link.runId) && isShown.has(link.fromId)),
    };
  }
}

function checkKind(kind: string): asserts kind is LinkKind {
  if (LINK_KINDS.some((one) => one === kind)) return;
  const message = `found ${JSON.stringify(kind)}, allowed are ${LINK_KINDS.join(', ')}`;
  throw new RanksweepError('INVALID_INPUT', `links: ${message}`, [{ field: 'links.kind', message }]);
}
