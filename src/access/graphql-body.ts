import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { RanksweepError } from '../core/errors.js';

const LIMIT_MEGABYTES = 32;

/** Reads the JSON body of a GraphQL request. A body too large or no JSON is answered as GraphQL errors are, with a code. */
export function graphqlBody(): RequestHandler {
  const parse = express.json({ limit: LIMIT_MEGABYTES * 2 ** 20 });
  return (request, response, next) => {
    parse(request, response, (error: unknown) => {
      if (error === undefined) next();
      else refuse(error as { type?: string; status?: number }, request, response, next);
    });
  };
}

function refuse(
  error: { type?: string; status?: number },
  _request: Request,
  response: Response,
  next: NextFunction,
) {
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
