import type { ApiClient } from '../../api-client/api-client.js';
import type { RunFilter } from '../../api-client/operations.generated.js';
import { RanksweepError } from '../../core/errors.js';
import { fetchRun } from '../run-report.js';

/** Which runs go into a bundle; all that is given holds. */
export interface Selection {
  project?: string;
  sweep?: string;
  filter?: string;
}

/** @throws RanksweepError if nothing is selected, or a run is not there */
export async function selectionFilter(
  client: ApiClient,
  ids: string[],
  { project, sweep, filter }: Selection,
): Promise<RunFilter> {
  if (ids.length === 0 && [project, sweep, filter].every((one) => one === undefined)) {
    const message = 'found nothing, expected IDs of runs, --project, --sweep or --filter';
    throw new RanksweepError('INVALID_INPUT', `run: ${message}`, [{ field: 'run', message }]);
  }
  const whole = [];
  for (const id of ids) whole.push((await fetchRun(client, id)).id);
  return {
    ...(project !== undefined && { project }),
    ...(sweep !== undefined && { sweepId: sweep }),
    ...(filter !== undefined && { and: [parsedFilter(filter)] }),
    ...(whole.length > 0 && { where: [{ path: 'id', op: 'in', value: whole }] }),
  };
}

function parsedFilter(text: string): RunFilter {
  try {
    return JSON.parse(text);
  } catch (error) {
    const message = `found ${JSON.stringify(text.slice(0, 100))}, which is no JSON: ${(error as Error).message}`;
    throw new RanksweepError('INVALID_INPUT', `filter: ${message}`, [{ field: 'filter', message }]);
  }
}
