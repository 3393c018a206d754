import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { byteText } from '../core/byte-count.js';
import { RanksweepError } from '../core/errors.js';
import { packArchive } from './bundle/archive.js';
import { type Selection, selectionFilter } from './bundle/selection.js';
import { verifyBundle } from './bundle/verify-bundle.js';
import { bundleText, type WantedFiles, writeBundle } from './bundle/write-bundle.js';
import { clientOf, printJson, runCommand, type ServerOptions, withJson, withServer } from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';

interface BundleOptions extends ServerOptions, Selection, WantedFiles {
  output?: string;
}

export function addBundle(program: Command): void {
  withServer(program.command('bundle'))
    .description(
      'write runs into one checksummed file, with all that belongs to them: `import bundle` brings it to another server, under the same IDs',
    )
    .argument('[runs...]', 'IDs of runs, or the beginnings of them')
    .option('--output <file>', 'default: ID.ranksweep.tar')
    .option('--project <name>', 'all runs of a project')
    .option('--sweep <id>', 'all runs of a sweep')
    .option('--filter <json>', 'all runs that a RunFilter lets through')
    .option('--no-data', 'without data sets, and without files that a command named')
    .option('--no-model', 'without base models')
    .action((ids: string[], options: BundleOptions) => runCommand(options, () => bundle(ids, options)));
}

async function bundle(ids: string[], options: BundleOptions): Promise<ExitCode> {
  const client = clientOf(options);
  const filter = await selectionFilter(client, ids, options);
  const file = resolve(
    options.output ?? `${ids[0] ?? options.sweep ?? options.project ?? 'runs'}.ranksweep.tar`,
  );
  const scratch = await mkdtemp(join(tmpdir(), 'ranksweep-bundle-'));
  try {
    const folder = join(scratch, 'bundle');
    const written = await writeBundle(client, filter, folder, options);
    const bytes = await packArchive(folder, file);
    if (options.json) printJson({ ...written, folder: undefined, file, bytes });
    else process.stdout.write(`${bundleText({ ...written, folder: `${file}, ${byteText(bytes)}` })}`);
    return EXIT.ok;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

export function addVerify(program: Command): void {
  withJson(program.command('verify'))
    .description('check a bundle without a server: every member, and every sealed record in it')
    .argument('<bundle>', 'the file, or a folder of export --bundle')
    .action((path: string, options: { json?: boolean }) => runCommand(options, () => verify(path, options)));
}

/** Damage is what the command was asked for: exit code 1. What is no bundle at all is wrong input. */
async function verify(path: string, options: { json?: boolean }): Promise<ExitCode> {
  try {
    const verified = await verifyBundle(path);
    if (options.json) printJson({ sound: true, ...verified });
    else process.stdout.write(soundText(verified));
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof RanksweepError) || error.problems.length === 0) throw error;
    const { message, problems } = error;
    if (options.json) printJson({ sound: false, path, message, problems });
    else
      process.stdout.write(
        `${message}\n${problems.map((one) => `  ${one.field}: ${one.message}\n`).join('')}`,
      );
    return EXIT.failed;
  }
}

function soundText({
  path,
  runs,
  files,
  itemSets,
  sealed,
}: Awaited<ReturnType<typeof verifyBundle>>): string {
  const sets = itemSets === 0 ? '' : `, ${itemSets} sets scored by item`;
  return `${path} is sound: ${runs.length} runs, ${files} members${sets}; ${sealed.length} sealed and unchanged since\n`;
}
