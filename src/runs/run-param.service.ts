import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { hashJson } from '../core/hash.js';
import { Run } from './run.entity.js';
import { RunParam } from './run-param.entity.js';
import { configOfParams } from './run-params.js';

export interface Param {
  key: string;
  value: string;
}

/** A parameter that was logged before with another value. */
export interface ChangedParam {
  key: string;
  before: string;
  now: string;
}

/** Parameters that other programs log one by one as text: each once, never changed; the run's config follows them. */
@Injectable()
export class RunParamService {
  /**
   * Adds the parameters that are new. Those logged before with the same value are left as they are.
   * @returns those logged before with another value: if there is any, nothing was added
   */
  async add(tx: EntityManager, runId: string, params: readonly Param[]): Promise<ChangedParam[]> {
    const logged = await tx.findBy(RunParam, { runId });
    const known = new Map(logged.map(({ key, value }) => [key, value]));
    const changed = params.filter(({ key, value }) => known.has(key) && known.get(key) !== value);
    if (changed.length > 0)
      return changed.map(({ key, value }) => ({ key, before: known.get(key)!, now: value }));
    const added = params
      .filter(({ key }) => !known.has(key))
      .map(({ key, value }) => ({ runId, key, value }));
    if (added.length === 0) return [];
    await tx.insert(RunParam, added);
    const config = configOfParams([...logged, ...added]);
    await tx.update(Run, { id: runId }, { config: config as object, configHash: hashJson(config) });
    return [];
  }
}
