import type { ApiClient } from '../../api-client/api-client.js';
import { uploadFile } from '../../api-client/artifact-transfer.js';
import {
  RecordRunDocument,
  type RecordRunInput,
  type RecordRunMutation,
} from '../../api-client/operations.generated.js';
import { type MetricColumns, POINTS_TYPE, packPoints } from '../../api-client/points-block.js';
import { httpError } from '../../api-client/server-errors.js';
import type { ImportedRun } from './imported-run.js';

/** of one request */
const MOST_POINTS = 200_000;
const MOST_NAMES = 5_000;

export interface SentRun {
  created: boolean;
  points: number;
  files: number;
}

/** Brings one run to the server: itself, its points, its files, and last how it ended. Sent again, it changes nothing. */
export async function sendRun(client: ApiClient, run: ImportedRun): Promise<SentRun> {
  const { created, leaseToken } = await record(client, openingOf(run));
  const points = await sendPoints(client, run.id, leaseToken, run.series());
  const artifacts = [];
  for (const { name, path } of run.files ?? []) artifacts.push({ name, ...(await uploadFile(client, path)) });
  const { state, endedAt, error, facts } = run;
  const end = {
    state,
    endedAt: endedAt ?? run.startedAt,
    error: error ?? null,
    facts: facts ?? {},
    artifacts,
  };
  await record(client, { ...identityOf(run), ...end });
  return { created, points, files: artifacts.length };
}

export async function record(
  client: ApiClient,
  input: RecordRunInput,
): Promise<RecordRunMutation['recordRun']> {
  return (await client.request(RecordRunDocument, { input }, { repeatable: true })).recordRun;
}

function identityOf({ id, project, origin }: ImportedRun) {
  return { id, project, origin };
}

function openingOf(run: ImportedRun): RecordRunInput {
  const { name, config, seed, startedAt, notes, group, parentId, provenance } = run;
  const tags = Object.entries(run.tags).map(([key, value]) => ({ key, value }));
  return {
    ...identityOf(run),
    ...{ name, config, startedAt, tags, provenance: provenance ?? {} },
    ...{ seed: seed ?? null, notes: notes ?? null, group: group ?? null, parentId: parentId ?? null },
    ...(run.params && { params: run.params }),
  };
}

/** @returns how many there were, those that the server knew included */
export async function sendPoints(
  client: ApiClient,
  runId: string,
  leaseToken: number,
  series: AsyncIterable<MetricColumns> | Iterable<MetricColumns>,
): Promise<number> {
  let [waiting, count, total]: [MetricColumns[], number, number] = [[], 0, 0];
  const flush = async () => {
    if (count > 0) await postPoints(client, runId, leaseToken, waiting);
    total += count;
    [waiting, count] = [[], 0];
  };
  for await (const columns of series) {
    for (const part of partsOf(columns)) {
      if (count + part.steps.length > MOST_POINTS || waiting.length >= MOST_NAMES) await flush();
      waiting.push(part);
      count += part.steps.length;
    }
  }
  await flush();
  return total;
}

function* partsOf({ metric, steps, values, times }: MetricColumns): Generator<MetricColumns> {
  for (let at = 0; at < steps.length; at += MOST_POINTS) {
    const end = at + MOST_POINTS;
    yield { metric, steps: steps.slice(at, end), values: values.slice(at, end), times: times.slice(at, end) };
  }
}

async function postPoints(client: ApiClient, runId: string, leaseToken: number, series: MetricColumns[]) {
  const path = `/api/runs/${encodeURIComponent(runId)}/points?leaseToken=${leaseToken}`;
  const body = packPoints(series) as unknown as BodyInit;
  const response = await client.fetch(
    path,
    { method: 'POST', body, headers: { 'content-type': POINTS_TYPE } },
    true,
  );
  if (!response.ok) throw await httpError(response);
  await response.arrayBuffer();
}
