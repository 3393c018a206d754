import { RanksweepError } from '../core/errors.js';

/** No control characters, and nothing that Windows would not take: no backslash, no drive letter. */
const PLAIN_SEGMENT = /^[^\p{Cc}\\/:*?"<>|]+$/u;
const MAX_LENGTH = 400;

/**
 * Names live in the database only, and still nothing that could climb out of a folder when a client unpacks a run is let in:
 * no absolute path, no "..", also where somebody decodes a "%" once or twice more.
 * @throws RanksweepError INVALID_INPUT
 */
export function checkArtifactName(name: string): void {
  const isPlain = name.split('/').every((segment) => PLAIN_SEGMENT.test(segment));
  if (isPlain && !climbs(name) && name.length <= MAX_LENGTH) return;
  const message = `found ${JSON.stringify(name)}, expected a relative path such as adapter/adapter_model.safetensors`;
  throw new RanksweepError('INVALID_INPUT', `artifacts: ${message}`, [{ field: 'artifacts.name', message }]);
}

function climbs(name: string): boolean {
  const once = decoded(name);
  if (/%2e%2e/i.test(once + name)) return true;
  return [name, once, decoded(once)].some((text) => text.split(/[\\/]/).some((part) => /^\.+$/.test(part)));
}

function decoded(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
}

export const SHA256 = /^[0-9a-f]{64}$/;

/** @throws RanksweepError INVALID_INPUT */
export function checkSha256(hash: string): void {
  if (SHA256.test(hash)) return;
  const message = `found ${JSON.stringify(hash.slice(0, 80))}, expected 64 lower-case hexadecimal digits`;
  throw new RanksweepError('INVALID_INPUT', `sha256: ${message}`, [{ field: 'sha256', message }]);
}
