import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** rks_ID_SECRET: scanners of code find what begins so, and the ID finds its row without telling anything. */
const SHAPE = /^rks_([0-9a-f]{12})_[0-9A-Za-z_-]{43}$/;

export interface NewSecret {
  id: string;
  secret: string;
}

/** 32 random bytes, and an ID of their own. */
export function newSecret(): NewSecret {
  const id = randomBytes(6).toString('hex');
  return { id, secret: `rks_${id}_${randomBytes(32).toString('base64url')}` };
}

/** @returns the ID within a secret, or null if it is none */
export function idOfSecret(secret: string): string | null {
  return SHAPE.exec(secret)?.[1] ?? null;
}

export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** Two hashes in hex, in a time that does not tell where they differ. */
export function areEqualHashes(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a, 'hex'), Buffer.from(b, 'hex')];
  return left.length === right.length && timingSafeEqual(left, right);
}

/**
 * The secret of an Authorization header: Bearer, or the password of Basic, which is how MLflow's clients send
 * MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD.
 */
export function secretOf(authorization: string | undefined): string | null {
  const [, scheme, value] = /^(\S+) +(\S+) *$/.exec(authorization ?? '') ?? [];
  if (scheme === undefined || value === undefined) return null;
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme.toLowerCase() !== 'basic') return null;
  const pair = Buffer.from(value, 'base64').toString('utf8');
  return pair.slice(pair.indexOf(':') + 1);
}
