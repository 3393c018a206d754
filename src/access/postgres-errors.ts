import { QueryFailedError } from 'typeorm';
import { type ErrorCode, RanksweepError } from '../core/errors.js';

/** Codes of Node's sockets and of Postgres (SQLSTATE), and what a person can do. */
const KNOWN: [RegExp, ErrorCode, string][] = [
  [/^(ENOTFOUND|EAI_AGAIN)$/, 'UNAVAILABLE', 'there is no host of this name'],
  [
    /^(ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH)$/,
    'UNAVAILABLE',
    'no Postgres answers',
  ],
  [/^(57P0[1-5]|08...|25P0[34])$/, 'UNAVAILABLE', 'Postgres ended the connection: it stops or starts again'],
  [/^53300$/, 'UNAVAILABLE', 'Postgres has no connection left: raise its max_connections'],
  [/^(53100|53200|53400|58...)$/, 'UNAVAILABLE', 'Postgres cannot write: is its disk full?'],
  [/^25006$/, 'UNAVAILABLE', 'Postgres is read-only: is it a standby?'],
  [
    /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|ERR_TLS_CERT)/,
    'FORBIDDEN',
    'its certificate is not trusted: name its root with ?sslmode=verify-full&sslrootcert=FILE',
  ],
  [/^28...$/, 'FORBIDDEN', 'Postgres refuses this user or password'],
  [/^3D000$/, 'NOT_FOUND', 'there is no database of this name: make it with createdb'],
  [/^(42501|3F000)$/, 'FORBIDDEN', 'this user may not make tables there'],
  [/^22021$/, 'INVALID_INPUT', 'a text holds the character NUL, which Postgres cannot store'],
];
/** pg says these without a code */
const NO_PASSWORD = /client password must be a string/;
const ENDED =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection/;

/** What went wrong with Postgres in words that a person can act on; undefined if it is nothing of the kind. */
export function postgresProblem(error: unknown): RanksweepError | undefined {
  const cause = error instanceof QueryFailedError ? error.driverError : error;
  const { code, message } = cause as { code?: unknown; message?: unknown };
  const known = KNOWN.find(([codes]) => codes.test(String(code)));
  if (known !== undefined) return new RanksweepError(known[1], known[2]);
  if (NO_PASSWORD.test(String(message)))
    return new RanksweepError('FORBIDDEN', 'Postgres asks for a password');
  if (!ENDED.test(String(message))) return undefined;
  return connectionEnded();
}

export function connectionEnded(): RanksweepError {
  return new RanksweepError('UNAVAILABLE', 'the connection to Postgres has ended');
}
