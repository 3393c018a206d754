import type { ApiClient } from '../api-client/api-client.js';
import { RunRecordDocument, type RunRecordQuery } from '../api-client/operations.generated.js';
import { readScaleCounts, scalesText } from '../core/adapter-scales.js';
import { RanksweepError } from '../core/errors.js';
import { formatChange, formatNumber, formatSeconds } from './terminal/number-format.js';
import { textTable } from './terminal/text-table.js';

export type RunRecord = NonNullable<RunRecordQuery['run']>;

/** @param id an ID or a unique prefix of one */
export async function fetchRun(client: ApiClient, id: string): Promise<RunRecord> {
  const { run } = await client.request(RunRecordDocument, { id });
  if (run) return run;
  throw new RanksweepError('NOT_FOUND', `There is no run ${id} on ${client.url}.`);
}

/** A run in a few lines: how it ended, what it scored, where it goes from here. */
export function runReport(run: RunRecord): string {
  const lines = [`run ${run.id}: ${run.state} after ${formatSeconds(secondsOf(run))}${reasonOf(run)}`];
  const scales = readScaleCounts(run.summary?.facts?.adapterScales);
  if (scales.length > 0) lines.push(`adapter: ${scalesText(scales)}`);
  if (run.evaluations.length > 0) lines.push('', evaluationTable(run));
  const change = run.summary?.metrics?.['base_capability/change'];
  if (change !== undefined)
    lines.push('', `change of base capability: ${formatChange(change)} nats per token`);
  return lines.join('\n');
}

function secondsOf({ startedAt, endedAt }: RunRecord): number {
  return ((endedAt ? Date.parse(endedAt) : Date.now()) - Date.parse(startedAt)) / 1000;
}

function reasonOf({ error, stopReason }: RunRecord): string {
  if (error) return `\n${error}`;
  return stopReason ? ` (${stopReason})` : '';
}

function evaluationTable({ evaluations }: RunRecord): string {
  const rows = evaluations.map((e) => [
    `${e.role}/${e.name}`,
    formatNumber(e.loss),
    formatNumber(e.baseLoss),
    formatNumber(e.bitsPerByte),
    formatNumber(e.items),
  ]);
  return textTable(['evaluation', 'loss', 'of the base', 'bits per byte', 'items'], rows);
}
