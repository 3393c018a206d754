import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import { type ErrorCode, RanksweepError } from '../core/errors.js';

const STATUS: Record<ErrorCode, number> = {
  INVALID_INPUT: 422,
  NOT_FOUND: 404,
  CONFLICT: 409,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  TOO_LARGE: 413,
  UNAVAILABLE: 503,
  INTERNAL: 500,
};

/** The coded errors of REST routes: {"error": {code, message, problems}}. */
@Catch(RanksweepError)
export class HttpErrorFilter implements ExceptionFilter<RanksweepError> {
  catch(error: RanksweepError, host: ArgumentsHost): void {
    sendError(host.switchToHttp().getResponse<Response>(), error);
  }
}

/** If the answer has begun, all that is left is to cut it off. */
export function sendError(response: Response, { code, message, problems }: RanksweepError): void {
  if (response.headersSent) response.destroy();
  else response.status(STATUS[code]).json({ error: { code, message, problems } });
}
