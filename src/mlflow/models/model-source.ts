import type { EntityManager } from 'typeorm';
import { Run } from '../../runs/run.entity.js';
import { invalidParameter } from '../protocol/mlflow-error.js';
import { runArtifacts } from '../runs/run-view.js';
import { LoggedModel } from './logged-model.entity.js';
import { modelArtifacts } from './logged-model-view.js';

/** What a version of a model is said to come from. */
export interface Source {
  source: string;
  runId: string | null;
  modelId: string | null;
}

/**
 * Whose files a source names. Only files behind this server can be registered, and only where they lie: whoever loads a version must not
 * be led to another place.
 * @throws MlflowError
 */
export async function modelSource(tx: EntityManager, given: Source): Promise<Omit<Source, 'source'>> {
  const modelId = given.modelId ?? /^models:\/+(m-[0-9a-f]{32})$/.exec(given.source)?.[1] ?? null;
  const model = modelId === null ? null : await tx.findOneBy(LoggedModel, { id: modelId });
  const runId = given.runId ?? model?.sourceRunId ?? null;
  const run = runId === null ? null : await tx.findOneBy(Run, { id: runId });
  const roots = [
    ...(model === null ? [] : [modelArtifacts(model), `models:/${model.id}`]),
    ...(run === null ? [] : [runArtifacts(run), `runs:/${run.id}`]),
  ];
  const climbs = given.source.split('/').includes('..') || /[%\\]/.test(given.source);
  const isWithin = roots.some((root) => given.source === root || given.source.startsWith(`${root}/`));
  if (isWithin && !climbs) return { runId, modelId: model?.id ?? null };
  throw invalidParameter(
    `Invalid model version source: '${given.source.slice(0, 300)}'. It must lie within the artifacts of the run or logged model that it comes from.`,
  );
}

/** Where the files of a registered version are. */
export async function downloadUri(manager: EntityManager, { source, modelId }: Source): Promise<string> {
  const isModelUri = /^models:\/+m-[0-9a-f]{32}$/.test(source);
  if (!isModelUri || modelId === null) return source;
  const model = await manager.findOneBy(LoggedModel, { id: modelId });
  return model === null ? source : modelArtifacts(model);
}
