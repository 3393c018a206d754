import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.js';

/** Hex SHA-256 of bytes or UTF-8 text: 64 characters. */
export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

/** Hex SHA-256 of the canonical JSON of a value: the identity of a config, a space or a history. */
export function hashJson(value: unknown): string {
  return sha256(canonicalJson(value));
}
