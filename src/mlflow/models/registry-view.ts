import { matching } from '../search/matching.js';
import { type Condition, readFilter, readOrder, type Vocabulary } from '../search/vocabulary.js';
import { tagsOf } from './logged-model.service.js';
import type { ModelVersion, RegisteredModel } from './registry.entity.js';

const TIMES = ['creation_timestamp', 'last_updated_timestamp'];
const MODELS: Vocabulary = {
  kinds: ['attribute', 'tag'],
  numericAttributes: TIMES,
  textAttributes: ['name'],
  listAttributes: ['name'],
  nullable: ['tag'],
  aliases: { timestamp: TIMES[1]! },
};
const VERSIONS: Vocabulary = {
  kinds: ['attribute', 'tag'],
  numericAttributes: ['version_number', ...TIMES],
  textAttributes: ['name', 'run_id', 'source_path', 'model_id'],
  listAttributes: ['name', 'run_id'],
  nullable: ['tag'],
};

export function modelView(model: RegisteredModel, versions: readonly ModelVersion[]) {
  const aliases = Object.entries(model.aliases).map(([alias, version]) => ({
    alias,
    version: String(version),
  }));
  return {
    ...{ name: model.name, description: model.description ?? '', user_id: '' },
    ...times(model),
    ...(Object.keys(model.tags).length > 0 && { tags: tagsOf(model.tags) }),
    ...(aliases.length > 0 && { aliases }),
    latest_versions: latestOf(versions).map((version) => versionView(version, model)),
  };
}

export function versionView(version: ModelVersion, { aliases }: Pick<RegisteredModel, 'aliases'>) {
  const names = Object.keys(aliases).filter((alias) => aliases[alias] === version.version);
  return {
    ...{ name: version.name, version: String(version.version), source: version.source, user_id: '' },
    ...times(version),
    ...{ current_stage: version.stage, status: 'READY', description: version.description ?? '' },
    ...{ run_id: version.runId ?? '', ...(version.modelId !== null && { model_id: version.modelId }) },
    ...(Object.keys(version.tags).length > 0 && { tags: tagsOf(version.tags) }),
    ...(names.length > 0 && { aliases: names }),
  };
}

/** The newest version of each stage, or of the named stages. */
export function latestOf(versions: readonly ModelVersion[], stages: readonly string[] = []): ModelVersion[] {
  const byStage = new Map<string, ModelVersion>();
  for (const version of [...versions].sort((a, b) => a.version - b.version))
    byStage.set(version.stage, version);
  const wanted = stages.map((stage) => stage.toLowerCase());
  return [...byStage.values()].filter(
    ({ stage }) => wanted.length === 0 || wanted.includes(stage.toLowerCase()),
  );
}

export function searchModels(models: RegisteredModel[], filter: string | undefined, orderBy: string[]) {
  const orders = readOrder(orderBy, MODELS);
  return matching(models, readFilter(filter, MODELS), orders, (model, { kind, key }) =>
    kind === 'tag' ? tagOf(model.tags, key) : (timeOf(model, key) ?? model.name),
  );
}

export function searchVersions(versions: ModelVersion[], filter: string | undefined, orderBy: string[]) {
  const orders = readOrder(orderBy, VERSIONS);
  return matching(versions, readFilter(filter, VERSIONS), orders, versionValue);
}

function versionValue(version: ModelVersion, { kind, key }: Pick<Condition, 'kind' | 'key'>) {
  if (kind === 'tag') return tagOf(version.tags, key);
  if (key === 'version_number') return version.version;
  const texts: Record<string, string | null> = {
    ...{ name: version.name, run_id: version.runId, source_path: version.source, model_id: version.modelId },
  };
  return timeOf(version, key) ?? texts[key] ?? undefined;
}

/** Clients leave out prompts by `!= 'true'`, which what has no such tag must pass. */
function tagOf(tags: Record<string, string>, key: string): string | undefined {
  return tags[key] ?? (key === 'mlflow.prompt.is_prompt' ? 'false' : undefined);
}

function times({ createdAt, updatedAt }: { createdAt: string; updatedAt: string }) {
  return { creation_timestamp: Date.parse(createdAt), last_updated_timestamp: Date.parse(updatedAt) };
}

function timeOf(row: { createdAt: string; updatedAt: string }, key: string): number | undefined {
  return TIMES.includes(key) ? times(row)[key as keyof ReturnType<typeof times>] : undefined;
}
