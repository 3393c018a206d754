import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AccessService } from './access/access.service.js';
import { type ArtifactSettings, readArtifactSettings } from './access/artifact-settings.js';
import { authenticate, inTheNameOf } from './access/authenticate.js';
import { Clock } from './access/clock.js';
import { graphqlBody } from './access/graphql-body.js';
import { LiveSockets } from './access/live-sockets.js';
import { isLoopback, localRequestsOnly } from './access/local-requests.js';
import { servePage } from './access/page.js';
import { QuietLogger } from './access/quiet-logger.js';
import { securityHeaders } from './access/security-headers.js';
import { ServerOptions } from './access/server-options.js';
import type { Store } from './access/store.js';
import { TokenService } from './access/token.service.js';
import { secretOf } from './access/token-secret.js';
import type { Durability } from './access/write-ahead-log.js';
import { appModule } from './app.module.js';
import { RanksweepError } from './core/errors.js';
import { openStore } from './data-source.js';
import { mlflowBody } from './mlflow/protocol/mlflow-body.js';
import { tableBody } from './runs/table-body.js';

export interface StartOptions {
  /** 0: any free one */
  port: number;
  /** made if it is not there */
  dataFolder: string;
  /** a Postgres database, postgres://…; default: SQLite in the data folder */
  databaseUrl?: string | undefined;
  /** what an acknowledged write survives; default: full, a power failure */
  durability?: Durability;
  /** a run whose worker is silent for this long is lost */
  leaseMs?: number;
  /** where artifacts lie, and their quotas; default: in the data folder, without a limit */
  artifacts?: ArtifactSettings;
  /** where it listens; default: 127.0.0.1, which only this machine reaches. Anywhere else it asks for tokens */
  host?: string;
  /** whoever asks has to show a token, even on this machine */
  requireToken?: boolean;
  clock?: Clock;
  /** the built dashboard; default: dist/client of this installation */
  pageFolder?: string;
}

export interface RunningServer {
  url: string;
  /** Finishes what is under way, then closes port and database. */
  close(): Promise<void>;
}

const DEFAULT_LEASE_MS = 30_000;
/** Node gives a whole request five minutes, too short for gigabytes on their way in; its headers have a minute still */
const LONGEST_UPLOAD_MS = 6 * 3_600_000;
/** requests that are still unanswered so long after the server was told to close are cut off */
const GRACE_MS = 2000;

/**
 * Opens and migrates the database, then listens: who reaches the port finds a server that is ready.
 * @throws RanksweepError when the port or the data folder is taken, in words that say what to do
 */
export async function startServer(options: StartOptions): Promise<RunningServer> {
  const host = options.host ?? '127.0.0.1';
  const store = await openStore(options.dataFolder, options.databaseUrl, options.durability);
  let app: INestApplication | undefined;
  const sockets = new LiveSockets();
  const closeAll = onlyOnce(() => close(app, store, sockets));
  try {
    app = await createApp(store, sockets, options);
    const port = await listen(app, options.port, host);
    return { url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`, close: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function createApp(
  store: Store,
  sockets: LiveSockets,
  options: StartOptions,
): Promise<INestApplication> {
  const { version } = readPackage();
  const { dataFolder, leaseMs = DEFAULT_LEASE_MS } = options;
  const artifacts = options.artifacts ?? readArtifactSettings(dataFolder, {});
  const { host, requireToken = false } = options;
  const asksForTokens = requireToken || !isLoopback(host);
  const settings = new ServerOptions(dataFolder, leaseMs, version, artifacts, asksForTokens);
  const module = appModule(store, options.clock ?? new Clock(), settings, sockets);
  const app = await NestFactory.create(module, {
    bodyParser: false,
    logger: new QuietLogger(),
    abortOnError: false,
    forceCloseConnections: true,
  });
  // answers of the API are asked for once: their hash would be made for nobody
  app.getHttpAdapter().getInstance().disable('x-powered-by').disable('etag');
  const [access, tokens] = [app.get(AccessService), app.get(TokenService)];
  if (asksForTokens) await refuseWithoutTokens(tokens, host);
  sockets.ask(access, async (request, token) => {
    const secret = typeof token === 'string' ? token : secretOf(request.headers.authorization);
    if (asksForTokens)
      access.note(request, await tokens.recognise(secret, request.socket.remoteAddress ?? ''));
  });
  app.use(securityHeaders, localRequestsOnly(access));
  app.use(servePage(options.pageFolder ?? join(packageFolder(), 'dist', 'client')));
  app.use(authenticate(access, tokens));
  app.use('/graphql', graphqlBody());
  app.use(tableBody());
  app.use(['/api/2.0/mlflow', '/ajax-api/2.0/mlflow'], mlflowBody());
  app.use(inTheNameOf(access));
  await app.init();
  return app;
}

/** Nobody could open such a server, and without tokens it would be everybody's. */
async function refuseWithoutTokens(tokens: TokenService, host = '127.0.0.1'): Promise<void> {
  if ((await tokens.countUsable()) > 0) return;
  const message = `found ${host} and no token in the database: whoever reaches that address could do everything. Make a token first: npx ranksweep token create --data DIR --name admin --role admin`;
  throw new RanksweepError('INVALID_INPUT', `host: ${message}`, [{ field: 'host', message }]);
}

async function listen(app: INestApplication, port: number, host: string): Promise<number> {
  const server: Server = app.getHttpServer();
  server.requestTimeout = LONGEST_UPLOAD_MS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(explainListenError(error, port)));
    server.listen(port, host, resolve);
  });
  return (server.address() as AddressInfo).port;
}

function explainListenError(error: NodeJS.ErrnoException, port: number): Error {
  if (error.code === 'EADDRINUSE') {
    const message = `port ${port} is in use: stop the program that uses it, or choose another with --port`;
    return new RanksweepError('UNAVAILABLE', message);
  }
  if (error.code === 'EACCES') {
    const message = `this user may not listen on port ${port}: choose one above 1023 with --port`;
    return new RanksweepError('UNAVAILABLE', message);
  }
  return error;
}

async function close(app: INestApplication | undefined, store: Store, sockets: LiveSockets): Promise<void> {
  const server: Server | undefined = app?.getHttpServer();
  const impatience = setTimeout(() => {
    server?.closeAllConnections();
    sockets.cutOff();
  }, GRACE_MS);
  await app?.close();
  clearTimeout(impatience);
  await store.close();
}

function onlyOnce(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => {
    done ??= work();
    return done;
  };
}

function readPackage(): { version: string } {
  return JSON.parse(readFileSync(join(packageFolder(), 'package.json'), 'utf8'));
}

/** The folder of package.json, seen from src/ as from dist/src/. */
function packageFolder(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const parent = dirname(here);
  return here.endsWith(join('dist', 'src')) ? dirname(parent) : parent;
}
