import { RanksweepError } from '../core/errors.js';

/**
 * Names live in the database only, and still nothing that could climb out of a folder when a client unpacks a run is let in:
 * no absolute path, no "..", no backslash, no drive letter, no "%" that somebody might decode once more.
 * @throws RanksweepError INVALID_INPUT
 */
export function checkArtifactName(name: string): void {
  const segments = name.split('/');
  const plain = segments.every((segment) => /^[\p{L}\p{N}_@+=, ().-]+$/u.test(segment));
  const climbs = segments.some((segment) => /^\.+$/.test(segment));
  if (plain && !climbs && name.length <= 400) return;
  const message = `found ${JSON.stringify(name)}, expected a relative path such as adapter/adapter_model.safetensors`;
  throw new RanksweepError('INVALID_INPUT', `artifacts: ${message}`, [{ field: 'artifacts.name', message }]);
}

export const SHA256 = /^[0-9a-f]{64}$/;

/** @throws RanksweepError INVALID_INPUT */
export function checkSha256(hash: string): void {
  if (SHA256.test(hash)) return;
  const message = `found ${JSON.stringify(hash.slice(0, 80))}, expected 64 lower-case hexadecimal digits`;
  throw new RanksweepError('INVALID_INPUT', `sha256: ${message}`, [{ field: 'sha256', message }]);
}
