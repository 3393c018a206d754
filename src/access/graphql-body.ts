import express, { type NextFunction, type RequestHandler, type Response } from 'express';
import { RanksweepError } from '../core/errors.js';

const LIMIT_MEGABYTES = 32;
const LIMIT_BYTES = LIMIT_MEGABYTES * 2 ** 20;

/** Reads the JSON body of a GraphQL request. A body too large or no JSON is answered as GraphQL errors are, with a code. */
export function graphqlBody(): RequestHandler {
  const parse = express.json({ limit: LIMIT_BYTES });
  return (request, response, next) => {
    // the parser would read all of a body that is too large before it says so
    const isTooLarge = Number(request.headers['content-length'] ?? 0) > LIMIT_BYTES;
    if (isTooLarge) return refuse({ type: 'entity.too.large', status: 413 }, response, next);
    parse(request, response, (error: unknown) => {
      if (error === undefined) next();
      else refuse(error as { type?: string; status?: number }, response, next);
    });
  };
}

function refuse(error: { type?: string; status?: number }, response: Response, next: NextFunction) {
  const refusal = bodyError(error.type);
  if (refusal === null) return next(error);
  const { code, message, problems } = refusal;
  response
    .status(error.status ?? 400)
    .set('Connection', 'close')
    .json({ errors: [{ message, extensions: { code, problems } }] });
}

function bodyError(type: string | undefined): RanksweepError | null {
  if (type === 'entity.too.large') {
    const message = `the request is larger than ${LIMIT_MEGABYTES} MB: send the points in smaller batches`;
    return new RanksweepError('TOO_LARGE', message);
  }
  if (type === undefined) return null;
  return new RanksweepError(
    'INVALID_INPUT',
    `the request's body cannot be read: ${type.replaceAll('.', ' ')}`,
  );
}
