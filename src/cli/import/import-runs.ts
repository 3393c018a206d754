import type { ApiClient } from '../../api-client/api-client.js';
import { ConnectionError } from '../../api-client/connection-error.js';
import { RanksweepError } from '../../core/errors.js';
import type { ImportedRun, ImportSource, Omission } from './imported-run.js';
import { sendRun } from './send-run.js';

/** What an import brought, and what not. */
export interface ImportReport {
  runs: { id: string; project: string; name: string; created: boolean; points: number; files: number }[];
  points: number;
  files: number;
  omissions: Omission[];
}

/**
 * Brings all runs of a source. What cannot be read or is refused is told and left out; the rest comes. A second import of the same adds
 * only what is new.
 * @throws ConnectionError when the server is gone: what came stays, and the import can be run again
 */
export async function importRuns(
  client: ApiClient,
  source: ImportSource,
  onRun: (run: ImportedRun) => void = () => {},
): Promise<ImportReport> {
  const report: ImportReport = { runs: [], points: 0, files: 0, omissions: [] };
  const omit = (omission: Omission) => report.omissions.push(omission);
  for await (const run of source(omit)) {
    try {
      const { created, points, files } = await sendRun(client, run);
      report.runs.push({ id: run.id, project: run.project, name: run.name, created, points, files });
      report.points += points;
      report.files += files;
      onRun(run);
    } catch (error) {
      if (!(error instanceof RanksweepError) || error instanceof ConnectionError) throw error;
      omit({ place: `run ${run.id} (${run.name})`, reason: error.message });
    }
  }
  return report;
}

const MOST_OMISSIONS = 50;

export function reportText({ runs, points, files, omissions }: ImportReport): string {
  const added = runs.filter(({ created }) => created).length;
  const known = runs.length - added;
  const lines = [
    `${added} ${plural(added, 'run')} added${known > 0 ? `, ${known} known already` : ''}; ${points} points and ${files} files are there.`,
  ];
  if (omissions.length > 0) lines.push('What did not come:');
  for (const { place, reason } of omissions.slice(0, MOST_OMISSIONS)) lines.push(`  ${place}: ${reason}`);
  if (omissions.length > MOST_OMISSIONS)
    lines.push(`  and ${omissions.length - MOST_OMISSIONS} more (--json has all)`);
  return `${lines.join('\n')}\n`;
}

const plural = (count: number, word: string) => (count === 1 ? word : `${word}s`);
