import type { Command } from 'commander';
import { DeleteRunsDocument, RestoreRunsDocument } from '../api-client/operations.generated.js';
import { clientOf, printJson, runCommand, type ServerOptions, withServer } from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';

export function addTrash(program: Command): void {
  withServer(program.command('delete'))
    .description('put runs into the trash; `ranksweep gc` removes them for good after seven days')
    .argument('<runs...>', 'IDs of runs, or beginnings of them')
    .action((ids: string[], options: ServerOptions) => runCommand(options, () => deleteRuns(ids, options)));
  withServer(program.command('restore'))
    .description('take runs out of the trash')
    .argument('<runs...>', 'IDs of runs, or beginnings of them')
    .action((ids: string[], options: ServerOptions) => runCommand(options, () => restoreRuns(ids, options)));
}

async function deleteRuns(ids: string[], options: ServerOptions): Promise<ExitCode> {
  const { deleteRuns: runs } = await clientOf(options).request(
    DeleteRunsDocument,
    { ids },
    { repeatable: true },
  );
  return say(runs, 'in the trash', options);
}

async function restoreRuns(ids: string[], options: ServerOptions): Promise<ExitCode> {
  const { restoreRuns: runs } = await clientOf(options).request(
    RestoreRunsDocument,
    { ids },
    { repeatable: true },
  );
  return say(runs, 'out of the trash', options);
}

function say(runs: { id: string }[], where: string, { json }: ServerOptions): ExitCode {
  if (json) printJson(runs);
  else process.stdout.write(runs.map(({ id }) => `${id} is ${where}\n`).join(''));
  return EXIT.ok;
}
