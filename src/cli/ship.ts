import type { Command } from 'commander';
import {
  type AdapterFieldsFragment,
  RollBackAdapterDocument,
  ShipAdapterDocument,
} from '../api-client/operations.generated.js';
import {
  clientOf,
  printJson,
  runCommand,
  type ServerOptions,
  wholeNumber,
  withServer,
} from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';
import { gateText, readPolicy } from './gate.js';

interface ShipOptions extends ServerOptions {
  as: string;
  policy?: string;
  because?: string;
}
interface RollBackOptions extends ServerOptions {
  to?: number;
  because: string;
}
const MOST_VERSIONS = 1e9;

export function addShip(program: Command): void {
  withServer(program.command('ship'))
    .description('put the adapter of a run into use under a name, if the gate says ship')
    .argument('<run>', 'ID of the run, or the beginning of it')
    .requiredOption('--as <name>', 'what it is for: a customer, a product line')
    .option(
      '--policy <file>',
      'what an adapter must show, YAML (default: the last verdict on the run counts)',
    )
    .option(
      '--because <text>',
      'ship it against the verdict, or by another policy than before; recorded for ever',
    )
    .action((id: string, options: ShipOptions) =>
      runCommand(options, () => ship(id, options), options.policy),
    );
  withServer(program.command('rollback'))
    .description('go back to an earlier version of an adapter')
    .argument('<name>', 'of the adapter')
    .option('--to <version>', 'default: the one shipped before the one in use', wholeNumber(1, MOST_VERSIONS))
    .requiredOption('--because <text>', 'recorded for ever')
    .action((name: string, options: RollBackOptions) => runCommand(options, () => rollBack(name, options)));
}

async function ship(runId: string, options: ShipOptions): Promise<ExitCode> {
  const { as: name, because = null } = options;
  const policy = options.policy === undefined ? null : await readPolicy(options.policy);
  const { shipAdapter } = await clientOf(options).request(ShipAdapterDocument, {
    input: { runId, name, policy, because },
  });
  if (options.json) printJson(shipAdapter);
  else process.stdout.write(`${gateText(shipAdapter.gate)}${inUseText(shipAdapter.adapter)}`);
  return EXIT.ok;
}

async function rollBack(name: string, options: RollBackOptions): Promise<ExitCode> {
  const { to = null, because } = options;
  const { rollBackAdapter } = await clientOf(options).request(RollBackAdapterDocument, {
    input: { name, to, because },
  });
  if (options.json) printJson(rollBackAdapter);
  else process.stdout.write(inUseText(rollBackAdapter));
  return EXIT.ok;
}

function inUseText({ name, current: { version, runId, because } }: AdapterFieldsFragment): string {
  const reason = because == null ? '' : `, shipped because: ${because}`;
  return `${name} is version ${version} now (run ${runId}${reason})\n`;
}
