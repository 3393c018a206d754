import { randomUUID } from 'node:crypto';
import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { QueryFailedError } from 'typeorm';
import { type ErrorCode, type Problem, RanksweepError } from '../core/errors.js';

/** Codes that Apollo Server gives to requests that are wrong in themselves. */
const REQUEST_ERRORS = new Set([
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'OPERATION_RESOLUTION_FAILURE',
]);
const FULL_DISK = new Set(['SQLITE_FULL', 'SQLITE_IOERR', 'SQLITE_READONLY', 'SQLITE_CANTOPEN']);

/** Only coded errors leave the server. Anything else is logged under an ID, and the ID is what the client learns. */
export function formatGraphqlError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  const cause = causeOf(error);
  if (cause instanceof RanksweepError) return coded(formatted, cause.code, cause.message, cause.problems);
  const code = String(formatted.extensions?.code ?? '');
  if (cause instanceof GraphQLError && REQUEST_ERRORS.has(code)) {
    return coded(formatted, 'INVALID_INPUT', formatted.message, []);
  }
  if (isFullDisk(cause))
    return coded(formatted, 'UNAVAILABLE', 'the database cannot be written: is the disk full?', []);
  return coded(
    formatted,
    'INTERNAL',
    `internal error ${logged(cause)}: the server's log has the details`,
    [],
  );
}

/** What a resolver threw, or what a plugin did. */
function causeOf(error: unknown): unknown {
  const thrown = unwrapResolverError(error);
  const original = thrown instanceof GraphQLError ? thrown.originalError : undefined;
  return original instanceof RanksweepError ? original : thrown;
}

function coded(
  { locations, path }: GraphQLFormattedError,
  code: ErrorCode,
  message: string,
  problems: Problem[],
): GraphQLFormattedError {
  return { message, locations, path, extensions: { code, problems } };
}

function isFullDisk(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  return FULL_DISK.has(String((error.driverError as { code?: string }).code));
}

function logged(error: unknown): string {
  const id = randomUUID().slice(0, 8);
  console.error(`internal error ${id}:`, error);
  return id;
}
