import { RanksweepError } from '../core/errors.js';

/** The server could not be reached, or the line broke before its answer came. */
export class ConnectionError extends RanksweepError {
  constructor(
    url: string,
    reason: string,
    /** true: the request never left, so even a call that must not happen twice may be repeated */
    readonly neverArrived: boolean,
  ) {
    super(
      'UNAVAILABLE',
      `The server at ${url} does not answer (${reason}): start it with \`npx ranksweep serve\`.`,
    );
    this.name = 'ConnectionError';
  }
}

const REASONS: Record<string, string> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection broke',
  ENOTFOUND: 'the host name is unknown',
  UND_ERR_SOCKET: 'the connection broke',
};
const NEVER_ARRIVED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];

/** What `fetch` throws, as a ConnectionError: it hides the system's error code in `cause`, or one level deeper for several addresses. */
export function connectionError(url: string, error: unknown): ConnectionError {
  const { name, message, cause } = error as Error & {
    cause?: { code?: string; errors?: { code?: string }[] };
  };
  if (name === 'TimeoutError') return new ConnectionError(url, 'no answer in time', false);
  const code = cause?.code ?? cause?.errors?.[0]?.code ?? '';
  return new ConnectionError(url, REASONS[code] ?? (code || message), NEVER_ARRIVED.includes(code));
}
