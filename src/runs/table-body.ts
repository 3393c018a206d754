import express, { type RequestHandler } from 'express';
import { sendError } from '../access/http-error.filter.js';
import { RanksweepError } from '../core/errors.js';

/** The addresses of the bulk doors. */
export const TABLES = /^\/api\/(runs|series)\.(arrow|csv)$/;
const LIMIT_MEGABYTES = 1;

/** Reads the JSON body of a question to a bulk door. */
export function tableBody(): RequestHandler {
  const parse = express.json({ limit: LIMIT_MEGABYTES * 2 ** 20 });
  return (request, response, next) => {
    if (request.method !== 'POST' || !TABLES.test(request.path)) return next();
    parse(request, response, (error?: unknown) => {
      if (error === undefined) return next();
      const type = String((error as { type?: string }).type);
      const [code, found] =
        type === 'entity.too.large'
          ? (['TOO_LARGE', `a question is ${LIMIT_MEGABYTES} MB at most`] as const)
          : (['INVALID_INPUT', `the body is no JSON object: ${type.replaceAll('.', ' ')}`] as const);
      response.set('Connection', 'close');
      sendError(response, new RanksweepError(code, found));
    });
  };
}
