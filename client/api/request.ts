import { authorization, isTokenWanted } from '../token.js';
import type { TypedDocumentString } from './operations.generated.js';

/** One field at fault, as the server names it (core/errors.ts). */
export interface ApiProblem {
  field: string;
  message: string;
}

/** The server answered, and the answer is no. `code` is one of core's ERROR_CODES. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly problems: ApiProblem[] = [],
  ) {
    super(message);
    this.name = 'ApiError';
  }
}

/** The server did not answer: not reachable, or stopped in the middle. What was shown stays valid. */
export class ConnectionError extends Error {
  constructor(reason: string) {
    super(`the server did not answer (${reason})`);
    this.name = 'ConnectionError';
  }
}

interface GraphqlAnswer<R> {
  data?: R | null;
  errors?: { message: string; extensions?: { code?: string; problems?: ApiProblem[] } }[];
}

/**
 * Sends one typed operation and gives back its data as text, so that a caller can see cheaply whether anything changed.
 * @throws ConnectionError when no answer came, ApiError when the answer is an error
 */
export async function requestText<R, V>(
  operation: TypedDocumentString<R, V>,
  variables: V,
  signal?: AbortSignal,
): Promise<string> {
  const body = JSON.stringify({ query: operation.toString(), variables });
  const headers = { 'content-type': 'application/json', accept: 'application/json', ...authorization() };
  try {
    const response = await fetch('/graphql', { method: 'POST', headers, body, signal });
    return await response.text();
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ConnectionError(error instanceof Error ? error.message : String(error));
  }
}

/** @throws ApiError, or ConnectionError if the text is no GraphQL answer (a proxy's error page) */
export function readAnswer<R>(text: string): R {
  let answer: GraphqlAnswer<R>;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new ConnectionError('the answer was not JSON');
  }
  const [first] = answer.errors ?? [];
  if (first?.extensions?.code === 'UNAUTHENTICATED') isTokenWanted.value = true;
  if (first)
    throw new ApiError(first.extensions?.code ?? 'INTERNAL', first.message, first.extensions?.problems);
  if (answer.data === null || answer.data === undefined) throw new ConnectionError('the answer was empty');
  return answer.data;
}

/** One typed operation, its data or an error. */
export async function request<R, V>(operation: TypedDocumentString<R, V>, variables: V): Promise<R> {
  return readAnswer<R>(await requestText(operation, variables));
}
