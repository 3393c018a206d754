import { RanksweepError } from '../core/errors.js';
import { ConnectionError, connectionError } from './connection-error.js';
import type { TypedDocumentString } from './operations.generated.js';
import { DEFAULT_RETRY, type RetryPolicy, retry } from './retry.js';
import { type GraphQLErrorJson, graphqlError, httpError } from './server-errors.js';

export const DEFAULT_URL = 'http://127.0.0.1:7300';
const TIMEOUT_MS = 30_000;

export interface ApiClientOptions {
  timeoutMs?: number;
  /** rks_…, where the server asks for one; default: RANKSWEEP_TOKEN */
  token?: string;
  retry?: Partial<RetryPolicy>;
}

export interface Health {
  status: string;
  version: string;
  database: 'sqlite' | 'postgres';
}

/**
 * Speaks to one server. Every method throws RanksweepError: with the server's code and problems, or ConnectionError (UNAVAILABLE) when it
 * cannot be reached. A call is repeated after a broken connection only if it may happen twice, or if it never arrived.
 */
export class ApiClient {
  readonly url: string;
  private readonly timeoutMs: number;
  private readonly retryPolicy: RetryPolicy;
  private readonly token: string | undefined;

  constructor(url: string = process.env.RANKSWEEP_URL ?? DEFAULT_URL, options: ApiClientOptions = {}) {
    this.url = checkedUrl(url);
    this.token = options.token ?? (process.env.RANKSWEEP_TOKEN || undefined);
    this.timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    this.retryPolicy = { ...DEFAULT_RETRY, ...options.retry };
  }

  /** @param repeatable the call may happen twice without harm; queries always may */
  async request<Result, Variables>(
    document: TypedDocumentString<Result, Variables>,
    variables: Variables,
    { repeatable = !isMutation(document) } = {},
  ): Promise<Result> {
    const body = JSON.stringify({ query: document.toString(), variables });
    const headers = { 'content-type': 'application/json' };
    const response = await this.fetch('/graphql', { method: 'POST', headers, body }, repeatable);
    return readAnswer<Result>(response);
  }

  async health(): Promise<Health> {
    const response = await this.fetch('/healthz', {}, true);
    if (!response.ok) throw await httpError(response);
    return (await response.json()) as Health;
  }

  /** `fetch` of a path of this server, with its timeout, its retries and its errors. */
  fetch(path: string, init: RequestInit, repeatable: boolean, timeoutMs = this.timeoutMs): Promise<Response> {
    const call = async () => {
      try {
        const headers = new Headers(init.headers);
        if (this.token !== undefined) headers.set('authorization', `Bearer ${this.token}`);
        return await fetch(this.url + path, { ...init, headers, signal: AbortSignal.timeout(timeoutMs) });
      } catch (error) {
        throw connectionError(this.url, error);
      }
    };
    const isWorthRetrying = (error: unknown) =>
      error instanceof ConnectionError && (repeatable || error.neverArrived);
    return retry(call, isWorthRetrying, this.retryPolicy);
  }
}

function checkedUrl(url: string): string {
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    const problem = { field: 'url', message: `found "${url}", expected something like ${DEFAULT_URL}` };
    throw new RanksweepError('INVALID_INPUT', `"${url}" is not the address of a server.`, [problem]);
  }
  return url.replace(/\/+$/, '');
}

function isMutation(document: { toString(): string }): boolean {
  return /^\s*mutation\b/m.test(document.toString());
}

async function readAnswer<Result>(response: Response): Promise<Result> {
  const isJson = response.headers.get('content-type')?.includes('json');
  if (!isJson) throw await httpError(response);
  const { data, errors } = (await response.json()) as { data?: Result; errors?: GraphQLErrorJson[] };
  if (errors !== undefined && errors.length > 0) throw graphqlError(errors);
  if (!data) throw new RanksweepError('INTERNAL', `The server answered ${response.status} without data.`);
  return data;
}
