import express, { type RequestHandler, type Response } from 'express';
import { sendMlflowError } from './mlflow-error.filter.js';
import { MlflowError } from './mlflow-error.js';

const LIMIT_MEGABYTES = 32;
const LIMIT_BYTES = LIMIT_MEGABYTES * 2 ** 20;

/**
 * Reads the JSON body of a request of MLflow's API, whatever its content type says. The limit counts unpacked bytes, so that a small
 * compressed body cannot grow beyond it.
 */
export function mlflowBody(): RequestHandler {
  const parse = express.json({ limit: LIMIT_BYTES, type: () => true, strict: false });
  return (request, response, next) => {
    // the parser would read all of a body that is too large before it says so
    if (Number(request.headers['content-length'] ?? 0) > LIMIT_BYTES) return refuse(tooLarge(), response);
    parse(request, response, (error?: unknown) => {
      if (error === undefined) next();
      else refuse(bodyError(error as { type?: string }), response);
    });
  };
}

function refuse(error: MlflowError, response: Response): void {
  response.set('Connection', 'close');
  sendMlflowError(response, error);
}

function bodyError({ type }: { type?: string }): MlflowError {
  if (type === 'entity.too.large') return tooLarge();
  const reason = type?.replaceAll('.', ' ') ?? 'it is no JSON';
  return new MlflowError('BAD_REQUEST', `The request body cannot be read: ${reason}.`);
}

function tooLarge(): MlflowError {
  const message = `The request body is larger than ${LIMIT_MEGABYTES} MB. Please split it across multiple requests.`;
  return new MlflowError('INVALID_PARAMETER_VALUE', message, 413);
}
