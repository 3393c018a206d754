import type { Request } from 'express';
import { RanksweepError } from '../core/errors.js';
import type { Upload } from './artifact-storage.js';

/**
 * A request's body as it comes. Whoever stops reading it early can still answer. A compressed body is refused: nobody unpacks it here, so
 * a small one that becomes a huge one does no harm, and what is stored is what was sent.
 */
export function uploadBody(request: Request): Pick<Upload, 'content' | 'bytes'> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') {
    const message = `found Content-Encoding ${JSON.stringify(encoding)}, expected the content as it is`;
    throw new RanksweepError('INVALID_INPUT', `artifact: ${message}`, [
      { field: 'content-encoding', message },
    ]);
  }
  const length = request.headers['content-length'];
  const content = request.iterator({ destroyOnReturn: false });
  return { content, ...(length !== undefined && { bytes: Number(length) }) };
}
