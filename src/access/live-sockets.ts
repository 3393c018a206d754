import type { IncomingMessage } from 'node:http';
import { GraphQLError, type GraphQLFormattedError, getOperationAST, parse } from 'graphql';
import { RanksweepError } from '../core/errors.js';
import { formatGraphqlError } from './graphql-errors.js';
import { checkQueryCost } from './graphql-limits.js';
import { type Reach, refusalReason } from './local-requests.js';

interface Socket {
  terminate(): void;
  once(event: 'close', listener: () => void): unknown;
}
interface Connection {
  extra: { socket: Socket; request: IncomingMessage };
  connectionParams?: Record<string, unknown> | null;
}
/** Learns who connects. @throws RanksweepError of a token that is none */
export type Recognise = (request: IncomingMessage, token: unknown) => Promise<void>;
interface Payload {
  query: string;
  operationName?: string | null;
  variables?: Record<string, unknown> | null;
}

const MAX_SOCKETS = 500;
const MAX_TOKENS = 5000;

/** The server's side of GraphQL subscriptions over WebSocket (protocol graphql-transport-ws): the rules of HTTP hold here, too. */
export class LiveSockets {
  private readonly open = new Set<Socket>();
  private reach: Reach = { asksForTokens: false };
  private recognise: Recognise = async () => {};

  /** Before the server listens: whether a connection needs a token, and who knows it. */
  ask(reach: Reach, recognise: Recognise): void {
    this.reach = reach;
    this.recognise = recognise;
  }

  /** What Nest hands to graphql-ws. */
  readonly options = {
    connectionInitWaitTimeout: 10_000,
    onConnect: (connection: unknown) => this.admit(connection as Connection),
    onSubscribe: (_: unknown, __: string, payload: unknown) => refusal(payload as Payload),
    onNext: (
      _: unknown,
      __: string,
      ___: unknown,
      ____: unknown,
      result: { errors?: readonly GraphQLError[] },
    ) => result.errors && { ...result, errors: result.errors.map(formatted) },
    onError: (_: unknown, __: string, ___: unknown, errors: readonly GraphQLError[]) => errors.map(formatted),
  };

  /** Ends connections whose other side does not answer the farewell. */
  cutOff(): void {
    for (const socket of this.open) socket.terminate();
  }

  /** A token comes in the header, or, from browsers, as `token` of the parameters of connection_init. */
  private async admit({ extra: { socket, request }, connectionParams }: Connection): Promise<boolean> {
    if (refusalReason(request, this.reach) !== null || this.open.size >= MAX_SOCKETS) return false;
    this.open.add(socket);
    socket.once('close', () => this.open.delete(socket));
    return this.recognise(request, connectionParams?.token).then(
      () => true,
      () => false,
    );
  }
}

/** Queries and mutations have their own door, with its own limits. @returns undefined: go on */
function refusal({ query, operationName, variables }: Payload): readonly GraphQLError[] | undefined {
  try {
    const document = parse(query, { maxTokens: MAX_TOKENS });
    const operation = getOperationAST(document, operationName);
    if (operation && operation.operation !== 'subscription') {
      throw new RanksweepError(
        'INVALID_INPUT',
        `found a ${operation.operation}: ask it by POST, this socket is for subscriptions`,
      );
    }
    checkQueryCost(document, operation, variables ?? {});
    return undefined;
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    return [new GraphQLError((error as Error).message, { originalError: error as Error })];
  }
}

function formatted(error: GraphQLError): GraphQLFormattedError {
  if (error.originalError || error.extensions.code !== undefined)
    return formatGraphqlError(error.toJSON(), error);
  // syntax and validation
  return { ...error.toJSON(), extensions: { code: 'INVALID_INPUT', problems: [] } };
}
