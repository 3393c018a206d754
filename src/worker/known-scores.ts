import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiClient } from '../api-client/api-client.js';
import { BaseScoresDocument } from '../api-client/operations.generated.js';
import { type MetricJson, metricFromJson, metricToJson } from '../core/metric-value.js';
import type { KnownScores } from '../training/base-scores.js';
import type { EvaluationScore } from '../training/train-run.js';

/**
 * What a base scored before: kept on this machine, or else in the server's record (null: there is no server). A server that does not answer knows nothing: then the
 * base is scored again, which is slower and no less right.
 */
export function knownScores(client: ApiClient | null, folder: string): KnownScores {
  return async (keys) => {
    const known = new Map<string, number[]>();
    for (const key of keys) {
      const values = await readFile(fileOf(folder, key), 'utf8').then(JSON.parse, () => null);
      if (values !== null) known.set(key, fromJson(values));
    }
    const missing = keys.filter((key) => !known.has(key));
    if (client === null || missing.length === 0) return known;
    for (const [key, values] of await askServer(client, missing)) known.set(key, values);
    return known;
  };
}

async function askServer(client: ApiClient, keys: string[]): Promise<[string, number[]][]> {
  try {
    const { baseScores } = await client.request(BaseScoresDocument, { keys });
    return baseScores.map(({ key, values }) => [key, fromJson(values)]);
  } catch {
    return [];
  }
}

/** Keeps the base's scores for the runs to come. That nothing can be kept is no reason to fail. */
export async function keepScores(folder: string, evaluations: EvaluationScore[]): Promise<void> {
  const scores = evaluations.flatMap((set) => set.scores);
  for (const { baseKey, baseValues } of scores) {
    if (baseKey === null || baseValues === null) continue;
    await keep(folder, baseKey, Array.from(baseValues, metricToJson)).catch(() => {});
  }
}

/** Written beside and renamed, since several workers may score the same. */
async function keep(folder: string, key: string, values: MetricJson[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const draft = `${fileOf(folder, key)}.${process.pid}`;
  await writeFile(draft, JSON.stringify(values));
  await rename(draft, fileOf(folder, key));
}

const fileOf = (folder: string, key: string) => join(folder, `${key}.json`);
const fromJson = (values: MetricJson[]) => values.map((value) => metricFromJson(value) ?? Number.NaN);
