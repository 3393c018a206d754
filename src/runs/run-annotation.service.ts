import { Injectable } from '@nestjs/common';
import { type EntityManager, In } from 'typeorm';
import { BatchLoader, groupBy } from '../access/batch-loader.js';
import { Clock } from '../access/clock.js';
import { findByIdPrefix, found, Store } from '../access/store.js';
import { RanksweepError } from '../core/errors.js';
import { Run } from './run.entity.js';
import type { AnnotateRunInput, TagInput } from './run-lifecycle.input.js';
import { RunTag } from './run-tag.entity.js';

const LIMITS = { name: 250, notes: 100_000, group: 250, key: 250, value: 8000 } as const;
const MAX_TAGS = 1000;
/** a chain of parents longer than this is taken for a circle */
const MAX_DEPTH = 100;

/** What people say of a run: its name, notes, group, parent and tags. All of it may change; what the run reported may not. */
@Injectable()
export class RunAnnotationService {
  private readonly loader = new BatchLoader<Record<string, string>>(
    (runIds) => this.loadTags(runIds),
    () => ({}),
  );

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
  ) {}

  tags(runId: string): Promise<Record<string, string>> {
    return this.loader.load(runId);
  }

  annotate(input: AnnotateRunInput): Promise<Run> {
    checkAnnotation(input);
    return this.store.write(async (tx) => {
      const run = found(await findByIdPrefix(tx, Run, input.runId), 'run', input.runId);
      if (input.parentId) await this.checkParent(tx, run.id, input.parentId);
      const changes = changesOf(input);
      if (Object.keys(changes).length > 0) await tx.update(Run, { id: run.id }, changes);
      await this.removeTags(tx, run.id, input.removeTags ?? []);
      await this.setTags(tx, run.id, input.tags ?? []);
      return tx.findOneByOrFail(Run, { id: run.id });
    });
  }

  async setTags(tx: EntityManager, runId: string, tags: readonly TagInput[]): Promise<void> {
    if (tags.length === 0) return;
    const byKey = new Map(tags.map(({ key, value }) => [key, { runId, key, value }]));
    await tx.upsert(RunTag, [...byKey.values()], ['runId', 'key']);
  }

  /** @returns how many of them were there */
  async removeTags(tx: EntityManager, runId: string, keys: readonly string[]): Promise<number> {
    if (keys.length === 0) return 0;
    return (await tx.delete(RunTag, { runId, key: In([...keys]) })).affected ?? 0;
  }

  /** Puts runs into the trash, or takes them out. What hangs on them stays. */
  async setDeleted(tx: EntityManager, where: { id: string } | { projectId: string }, deleted: boolean) {
    await tx.update(Run, where, { deletedAt: deleted ? this.clock.instant() : null });
  }

  private async checkParent(tx: EntityManager, runId: string, parentId: string): Promise<void> {
    let ancestor: string | null = parentId;
    for (let depth = 0; ancestor !== null; depth++) {
      if (ancestor === runId || depth > MAX_DEPTH) {
        throw invalid('parentId', `found ${JSON.stringify(parentId)}, which is itself a part of ${runId}`);
      }
      const run: Run = found(await tx.findOneBy(Run, { id: ancestor }), 'run', ancestor);
      ancestor = run.parentId;
    }
  }

  private async loadTags(runIds: string[]): Promise<Map<string, Record<string, string>>> {
    const where = { runId: In(runIds) };
    const rows = await this.store.read.find(RunTag, { where, order: { key: 'ASC' } });
    const byRun = groupBy(rows, ({ runId }) => runId);
    return new Map([...byRun].map(([runId, tags]) => [runId, tagMap(tags)]));
  }
}

function tagMap(tags: RunTag[]): Record<string, string> {
  return Object.fromEntries(tags.map(({ key, value }) => [key, value]));
}

function changesOf({ name, notes, group, parentId }: AnnotateRunInput) {
  return {
    ...(name !== undefined && name !== null && { name }),
    ...(notes !== undefined && { notes }),
    ...(group !== undefined && { groupName: group }),
    ...(parentId !== undefined && { parentId }),
  };
}

function checkAnnotation({ name, notes, group, tags, removeTags }: AnnotateRunInput): void {
  if (name !== undefined && name !== null) checkLength('name', name, 1, LIMITS.name);
  if (notes) checkLength('notes', notes, 0, LIMITS.notes);
  if (group) checkLength('group', group, 1, LIMITS.group);
  if ((tags?.length ?? 0) + (removeTags?.length ?? 0) > MAX_TAGS) {
    throw invalid('tags', `found ${tags?.length}, allowed are ${MAX_TAGS} at once`);
  }
  for (const [i, { key, value }] of (tags ?? []).entries()) {
    checkLength(`tags[${i}].key`, key, 1, LIMITS.key);
    checkLength(`tags[${i}].value`, value, 0, LIMITS.value);
  }
}

function checkLength(field: string, text: string, min: number, max: number): void {
  if (text.length >= min && text.length <= max) return;
  throw invalid(field, `found ${text.length} characters, allowed are ${min} to ${max}`);
}

function invalid(field: string, message: string): RanksweepError {
  return new RanksweepError('INVALID_INPUT', `${field}: ${message}`, [{ field, message }]);
}
