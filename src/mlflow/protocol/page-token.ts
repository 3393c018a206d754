import { invalidParameter } from './mlflow-error.js';

/** Base64 of {"offset": n}, as MLflow's are. */
export function encodeOffset(offset: number): string {
  return Buffer.from(JSON.stringify({ offset })).toString('base64');
}

export function decodeOffset(token: string | undefined): number {
  if (!token) return 0;
  const offset = parse(token)?.offset;
  if (typeof offset === 'number' && Number.isSafeInteger(offset) && offset > 0) return offset;
  throw invalidParameter(`Invalid page token, parsed value=${JSON.stringify(token.slice(0, 100))}`);
}

function parse(token: string): { offset?: unknown } | null {
  try {
    return JSON.parse(Buffer.from(token, 'base64').toString());
  } catch {
    return null;
  }
}

/** One page of a list that is in memory, and the token of the next. */
export function pageOf<Item>(items: Item[], offset: number, size: number) {
  const end = offset + size;
  return { items: items.slice(offset, end), next: items.length > end ? encodeOffset(end) : undefined };
}
