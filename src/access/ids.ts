import { randomBytes } from 'node:crypto';

/** Crockford's alphabet: no i, l, o or u, so an ID read aloud or copied by hand stays itself. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

export type IdKind = 'project' | 'run' | 'sweep' | 'trial' | 'worker' | 'probe' | 'gate' | 'adapter';

/** A new ID: the kind, an underscore and 12 random characters (60 bits), e.g. `run_4k9x2m7qz1ab`. */
export function newId(kind: IdKind): string {
  const characters = Array.from(randomBytes(12), (byte) => ALPHABET[byte % 32]);
  return `${kind}_${characters.join('')}`;
}
