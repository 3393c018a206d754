import { type EntityManager, In, Not } from 'typeorm';
import { hashJson } from '../core/hash.js';
import { runConfigSchema } from '../core/run-config.js';
import { Run } from './run.entity.js';
import { RunField } from './run-field.entity.js';

/** Values that tell most configs of a project apart, so that few have to be read. */
const TELLING = [
  'optimizer.learningRate',
  'lora.rank',
  'lora.alpha',
  'batchSize',
  'steps',
  'model',
  'data.train',
];
/** A deviation of this many is known well enough. */
const MOST = 30;

/** Finished runs of the same sweep or project whose config is that of the run but for the seed: one for each seed, first come. */
export async function replicatesOf(tx: EntityManager, run: Run): Promise<Run[]> {
  const alike = await tx.find(Run, {
    where: { id: In(await likelyIds(tx, run)), seed: Not(run.seed ?? -1) },
    order: { startedAt: 'ASC', id: 'ASC' },
  });
  const wanted = recipeOf(run);
  const bySeed = new Map<number, Run>();
  for (const other of alike) {
    if (other.seed !== null && !bySeed.has(other.seed) && recipeOf(other) === wanted)
      bySeed.set(other.seed, other);
  }
  return [...bySeed.values()].slice(0, MOST);
}

function recipeOf({ config }: Run): string {
  // a field that a later version added has its default in what an earlier one recorded
  const complete = runConfigSchema.safeParse(config);
  const { seed: _, ...rest } = (complete.success ? complete.data : (config ?? {})) as Record<string, unknown>;
  return hashJson(rest);
}

async function likelyIds(tx: EntityManager, run: Run): Promise<string[]> {
  const fields = await tx.findBy(RunField, { runId: run.id, path: In(TELLING) });
  const query = tx.createQueryBuilder(Run, 'run').select('run.id', 'id');
  query.where('run.state = :state', { state: 'finished' }).andWhere('run.deletedAt IS NULL');
  if (run.sweepId === null) query.andWhere('run.projectId = :projectId', { projectId: run.projectId });
  else query.andWhere('run.sweepId = :sweepId', { sweepId: run.sweepId });
  fields.forEach(({ path, kind, number, text }, i) => {
    const same = number === null ? `field${i}.text = :text${i}` : `field${i}.number = :number${i}`;
    query.innerJoin(
      RunField,
      `field${i}`,
      `field${i}.path = :path${i} AND field${i}.runId = run.id AND field${i}.kind = :kind${i} AND ${same}`,
      { [`path${i}`]: path, [`kind${i}`]: kind, [`number${i}`]: number, [`text${i}`]: text },
    );
  });
  return (await query.getRawMany<{ id: string }>()).map(({ id }) => id);
}
