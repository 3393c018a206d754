import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { downloadFile } from '../api-client/artifact-transfer.js';
import {
  type AdapterFieldsFragment,
  AdapterFilesDocument,
  AdaptersDocument,
  OneAdapterDocument,
} from '../api-client/operations.generated.js';
import { byteText } from '../core/byte-count.js';
import { RanksweepError } from '../core/errors.js';
import {
  clientOf,
  printJson,
  runCommand,
  type ServerOptions,
  wholeNumber,
  withServer,
} from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';
import { VERDICT_TEXT } from './gate.js';

interface ListOptions extends ServerOptions {
  project?: string;
}
interface FetchOptions extends ServerOptions {
  at?: number;
}
type Version = AdapterFieldsFragment['versions'][number];
const FOLDER = 'adapter/';

export function addAdapters(program: Command): void {
  const adapters = program.command('adapters').description('what is in use, under which name');
  withServer(adapters.command('list', { isDefault: true }))
    .description('the adapters in use')
    .option('--project <name>', 'of this project only')
    .action((options: ListOptions) => runCommand(options, () => list(options)));
  withServer(adapters.command('history'))
    .description('what happened to an adapter, newest first')
    .argument('<name>', 'of the adapter')
    .action((name: string, options: ServerOptions) => runCommand(options, () => history(name, options)));
  withServer(adapters.command('fetch'))
    .description('download the PEFT files of the version in use, each checked against its hash')
    .argument('<name>', 'of the adapter')
    .argument('<dir>', 'the folder, made if it is not there')
    .option('--at <version>', 'another version', wholeNumber(1, 1e9))
    .action((name: string, dir: string, options: FetchOptions) =>
      runCommand(options, () => fetchFiles(name, dir, options)),
    );
}

async function list(options: ListOptions): Promise<ExitCode> {
  const { adapters } = await clientOf(options).request(AdaptersDocument, {
    project: options.project ?? null,
  });
  if (options.json) printJson(adapters);
  else if (adapters.length === 0)
    process.stdout.write('No adapter has been shipped yet: ranksweep ship RUN --as NAME\n');
  else process.stdout.write(adapters.map((one) => `${one.name}  ${versionText(one.current)}\n`).join(''));
  return EXIT.ok;
}

async function history(name: string, options: ServerOptions): Promise<ExitCode> {
  const { adapter } = await clientOf(options).request(OneAdapterDocument, { name });
  if (!adapter) throw unknown(name);
  if (options.json) printJson(adapter);
  else process.stdout.write(historyText(adapter));
  return EXIT.ok;
}

/** A line for each event, with what was shipped and why. */
function historyText({ name, current, versions, events }: AdapterFieldsFragment): string {
  const lines = events.map(({ action, version, because, at }) => {
    const reason = because == null ? '' : `\n    because: ${because}`;
    if (action === 'roll_back') return `${at}  rolled back to version ${version}${reason}`;
    return `${at}  shipped ${versionText(versions.find((one) => one.version === version)!)}${reason}`;
  });
  return `${name}, version ${current.version} in use\n${lines.map((line) => `  ${line}\n`).join('')}`;
}

function versionText({
  version,
  runId,
  verdict,
  policyHash,
  rank,
  trainableParameters,
  bytes,
}: Version): string {
  const size = trainableParameters == null ? '' : `, ${trainableParameters} parameters`;
  const about = `${rank == null ? '' : `rank ${rank}`}${size}, ${byteText(bytes)}`.replace(/^, /, '');
  return `version ${version}: run ${runId}, gate: ${VERDICT_TEXT[verdict]} (policy ${policyHash.slice(0, 12)}), ${about}`;
}

async function fetchFiles(name: string, dir: string, options: FetchOptions): Promise<ExitCode> {
  const client = clientOf(options);
  const { adapter } = await client.request(AdapterFilesDocument, { name });
  if (!adapter) throw unknown(name);
  const wanted = options.at ?? adapter.current.version;
  const version = adapter.versions.find((one) => one.version === wanted);
  if (version === undefined) throw new RanksweepError('NOT_FOUND', `${name} has no version ${wanted}.`);
  const folder = resolve(dir);
  const files = version.files.map((file) => ({ ...file, name: file.name.slice(FOLDER.length) }));
  for (const { name: file, sha256 } of files) await downloadFile(client, sha256, join(folder, file));
  if (options.json) printJson({ name, version: wanted, run: version.runId, folder, files });
  else
    process.stdout.write(
      `${name} version ${wanted}: ${folder}\n${files.map(({ name: file }) => `  ${file}\n`).join('')}`,
    );
  return EXIT.ok;
}

function unknown(name: string): RanksweepError {
  return new RanksweepError('NOT_FOUND', `There is no adapter "${name}": see ranksweep adapters.`);
}
