import { ERROR_CODES, type ErrorCode, type Problem, RanksweepError } from '../core/errors.js';

export interface GraphQLErrorJson {
  message: string;
  extensions?: { code?: string; problems?: Problem[] };
}

const OF_STATUS: Record<number, ErrorCode> = {
  400: 'INVALID_INPUT',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND',
  409: 'CONFLICT',
  413: 'TOO_LARGE',
  422: 'INVALID_INPUT',
  503: 'UNAVAILABLE',
};
/** Apollo's own codes for a request that does not fit the schema. */
const NOT_OUR_SCHEMA = ['GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_PARSE_FAILED'];

/** The first error of a GraphQL answer; its code and problems are those of core/errors.ts. */
export function graphqlError(errors: GraphQLErrorJson[]): RanksweepError {
  const { message, extensions } = errors[0]!;
  const code = extensions?.code ?? '';
  if (NOT_OUR_SCHEMA.includes(code)) {
    return new RanksweepError('INVALID_INPUT', `The server speaks another version of the API: ${message}`);
  }
  return new RanksweepError(codeOf(code), message, extensions?.problems ?? []);
}

function codeOf(code: string): ErrorCode {
  if (code === 'BAD_USER_INPUT') return 'INVALID_INPUT';
  return ERROR_CODES.find((known) => known === code) ?? 'INTERNAL';
}

/** An HTTP answer that is not the one that was asked for. */
export async function httpError(response: Response): Promise<RanksweepError> {
  const text = (await response.text()).trim();
  const coded = codedError(text);
  if (coded !== null)
    return new RanksweepError(codeOf(coded.code ?? ''), coded.message, coded.problems ?? []);
  const code = OF_STATUS[response.status] ?? 'INTERNAL';
  return new RanksweepError(
    code,
    `The server answered ${response.status}: ${messageIn(text) || response.statusText}`,
  );
}

/** Our own REST routes say {"error": {code, message, problems}}. */
function codedError(text: string): { code?: string; message: string; problems?: Problem[] } | null {
  try {
    const { error } = JSON.parse(text);
    return typeof error?.message === 'string' ? error : null;
  } catch {
    return null;
  }
}

function messageIn(text: string): string {
  try {
    const json = JSON.parse(text);
    return json.message ?? json.error ?? json.errors?.[0]?.message ?? text.slice(0, 300);
  } catch {
    return text.slice(0, 300);
  }
}
