import { resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import {
  CreateTokenDocument,
  type CreateTokenInput,
  RevokeTokenDocument,
  TokensDocument,
} from '../api-client/operations.generated.js';
import { clientOf, printJson, runCommand, type ServerOptions, withServer } from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';
import { DATABASE_OPTION, databaseUrlOf } from './serve.js';
import { textTable } from './terminal/text-table.js';

interface Where extends ServerOptions {
  data?: string;
  database?: string;
}
interface CreateOptions extends Where {
  name: string;
  role: string;
  project?: string[];
  expires?: number;
}
/** What the three commands do, on a server or on the database itself. */
interface Tokens {
  create(input: CreateTokenInput): Promise<{ token: TokenRow; secret: string }>;
  list(): Promise<TokenRow[]>;
  revoke(id: string): Promise<TokenRow>;
}
interface TokenRow {
  id: string;
  name: string;
  role: string;
  projectIds?: string[] | null;
  createdAt: string;
  expiresAt?: string | null;
  lastUsedAt?: string | null;
  revokedAt?: string | null;
}

export function addToken(program: Command): void {
  const token = program.command('token').description('who may ask a server that is reached from elsewhere');
  withDatabase(token.command('create'))
    .description('make a token and show it, this once')
    .requiredOption('--name <name>', 'who or what it is for')
    .requiredOption('--role <role>', 'read, write or admin')
    .option('--project <name>', 'that it reaches; may be repeated; default: all', appended)
    .option('--expires <days>', 'e.g. 90d; default: never', daysOf)
    .action((options: CreateOptions) => runCommand(options, () => create(options)));
  withDatabase(token.command('list'))
    .description('the tokens, without their secrets')
    .action((options: Where) => runCommand(options, () => list(options)));
  withDatabase(token.command('revoke'))
    .description('from now on the token opens nothing')
    .argument('<id>', 'as `token list` shows it')
    .action((id: string, options: Where) => runCommand(options, () => revoke(id, options)));
}

function withDatabase(command: Command): Command {
  return withServer(command)
    .option('--data <dir>', 'of a server that does not run: its database is opened here')
    .option(...DATABASE_OPTION);
}

async function create(options: CreateOptions): Promise<ExitCode> {
  const { name, role, project, expires } = options;
  const input = { name, role, ...(project && { projects: project }), ...(expires && { days: expires }) };
  const { token, secret } = await withTokens(options, (tokens) => tokens.create(input));
  if (options.json) printJson({ ...row(token), secret });
  else
    process.stdout.write(
      `${secret}\nIt is not shown again. Whoever has it sets RANKSWEEP_TOKEN, or MLFLOW_TRACKING_TOKEN.\n`,
    );
  return EXIT.ok;
}

async function list(options: Where): Promise<ExitCode> {
  const tokens = (await withTokens(options, (all) => all.list())).map(row);
  if (options.json) printJson(tokens);
  else process.stdout.write(tokens.length === 0 ? 'There are no tokens.\n' : table(tokens));
  return EXIT.ok;
}

async function revoke(id: string, options: Where): Promise<ExitCode> {
  const token = row(await withTokens(options, (tokens) => tokens.revoke(id)));
  if (options.json) printJson(token);
  else process.stdout.write(`${token.id} (${token.name}) opens nothing any more\n`);
  return EXIT.ok;
}

/** The hash of a secret stays where it is. */
function row({ id, name, role, projectIds, createdAt, expiresAt, lastUsedAt, revokedAt }: TokenRow) {
  return { id, name, role, projectIds, createdAt, expiresAt, lastUsedAt, revokedAt };
}

function table(tokens: TokenRow[]): string {
  const head = ['id', 'name', 'role', 'projects', 'expires', 'last used', 'state'];
  const rows = tokens.map((token) => [
    ...[token.id, token.name, token.role, token.projectIds?.join(' ') ?? 'all'],
    ...[token.expiresAt ?? 'never', token.lastUsedAt ?? 'never', token.revokedAt ? 'revoked' : ''],
  ]);
  return `${textTable(head, rows)}\n`;
}

async function withTokens<Result>(
  options: Where,
  work: (tokens: Tokens) => Promise<Result>,
): Promise<Result> {
  const databaseUrl = databaseUrlOf(options.database);
  if (options.data === undefined && options.database === undefined) return work(onServer(options));
  await import('reflect-metadata');
  const { openStore } = await import('../data-source.js');
  const { offlineTokens } = await import('../access/offline-tokens.js');
  const store = await openStore(resolve(options.data ?? ''), databaseUrl);
  try {
    return await work(offlineTokens(store) as Tokens);
  } finally {
    await store.close();
  }
}

function onServer(options: Where): Tokens {
  const client = clientOf(options);
  return {
    create: async (input) => (await client.request(CreateTokenDocument, { input })).createToken,
    list: async () => (await client.request(TokensDocument, {})).tokens,
    revoke: async (id) =>
      (await client.request(RevokeTokenDocument, { id }, { repeatable: true })).revokeToken,
  };
}

function appended(value: string, before: string[] = []): string[] {
  return [...before, value];
}

function daysOf(text: string): number {
  const days = Number(/^(\d+(?:\.\d+)?)d?$/.exec(text)?.[1]);
  if (days > 0) return days;
  throw new InvalidArgumentError('expected a number of days, like 90d');
}
