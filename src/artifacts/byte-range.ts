import type { ByteRange } from './blob-store.js';

/**
 * What a `Range` header asks for, of a content with `bytes` bytes. `whole`: there is no header, or one that a server need not honour
 * (several ranges, another unit, nonsense); `outside`: nothing of it is there.
 */
export function parseRange(header: string | undefined, bytes: number): ByteRange | 'whole' | 'outside' {
  const match = /^bytes=\s*(\d*)-(\d*)\s*$/.exec(header ?? '');
  if (match === null || (match[1] === '' && match[2] === '')) return 'whole';
  const [, from, to] = match;
  if (from === '') return suffix(Number(to), bytes);
  const first = Number(from);
  const last = to === '' ? bytes - 1 : Math.min(Number(to), bytes - 1);
  if (to !== '' && Number(to) < first) return 'whole';
  return first < bytes ? { first, last } : 'outside';
}

/** The last `length` bytes. */
function suffix(length: number, bytes: number): ByteRange | 'outside' {
  if (length === 0 || bytes === 0) return 'outside';
  return { first: Math.max(0, bytes - length), last: bytes - 1 };
}
