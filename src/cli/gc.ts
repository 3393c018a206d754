import type { Command } from 'commander';
import type { ApiClient } from '../api-client/api-client.js';
import {
  CollectGarbageDocument,
  type CollectGarbageMutation,
  StorageUseDocument,
  type StorageUseQuery,
} from '../api-client/operations.generated.js';
import { byteText } from '../core/byte-count.js';
import {
  clientOf,
  printJson,
  runCommand,
  type ServerOptions,
  wholeNumber,
  withServer,
} from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';

interface GcOptions extends ServerOptions {
  dryRun?: boolean;
  trashDays: number;
}

type Report = CollectGarbageMutation['collectGarbage'];

export function addGc(program: Command): void {
  withServer(program.command('gc'))
    .description('remove for good what has been in the trash for long enough, and say what that frees')
    .option('--dry-run', 'only say what would go')
    .option('--trash-days <days>', 'how long something stays in the trash', wholeNumber(0, 3650), 7)
    .action((options: GcOptions) => runCommand(options, () => gc(options)));
}

async function gc({ dryRun = false, trashDays, ...options }: GcOptions): Promise<ExitCode> {
  const client = clientOf(options);
  const report = await collectAll(client, { dryRun, trashDays });
  const { storage } = await client.request(StorageUseDocument, {});
  if (options.json) printJson({ ...report, storage });
  else process.stdout.write(reportText(report, storage));
  return EXIT.ok;
}

/** Calls until nothing is left: the server does a part of the work in each. */
async function collectAll(client: ApiClient, input: { dryRun: boolean; trashDays: number }): Promise<Report> {
  let total: Report | null = null;
  do {
    const { collectGarbage } = await client.request(CollectGarbageDocument, { input }, { repeatable: true });
    total = total === null ? collectGarbage : sumOf(total, collectGarbage);
  } while (total.more);
  return total;
}

function sumOf(a: Report, b: Report): Report {
  const amount = (key: 'freed' | 'trashed') => ({
    files: a[key].files + b[key].files,
    bytes: a[key].bytes + b[key].bytes,
  });
  return {
    ...b,
    runIds: [...a.runIds, ...b.runIds],
    names: a.names + b.names,
    freed: amount('freed'),
    trashed: amount('trashed'),
    leftoverBytes: a.leftoverBytes + b.leftoverBytes,
  };
}

function reportText(report: Report, storage: StorageUseQuery['storage']): string {
  const { dryRun, before, runIds, names, freed, trashed, leftoverBytes } = report;
  const kept = `${filesText(storage.contents)} stored on ${storage.place}`;
  const quota = storage.quotaBytes === null ? '' : `, of ${byteText(storage.quotaBytes)} allowed`;
  return [
    `${dryRun ? 'would remove' : 'removed'} what was in the trash before ${before}:`,
    `  runs       ${runIds.length}${runIds.length > 0 ? `: ${runIds.slice(0, 10).join(' ')}${runIds.length > 10 ? ' …' : ''}` : ''}`,
    `  names      ${names}`,
    `  freed      ${filesText(freed)}`,
    `  leftovers  ${byteText(leftoverBytes)} of uploads that were cut off`,
    `${dryRun ? 'would put' : 'put'} into the trash: ${filesText(trashed)} that nobody refers to`,
    `${kept}${quota}`,
    '',
  ].join('\n');
}

function filesText({ files, bytes }: { files: number; bytes: number }): string {
  return `${files} file${files === 1 ? '' : 's'}, ${byteText(bytes)}`;
}
