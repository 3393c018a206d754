import { randomUUID } from 'node:crypto';
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common';
import type { Response } from 'express';
import { type ErrorCode, RanksweepError } from '../../core/errors.js';
import { MlflowError, type MlflowErrorCode } from './mlflow-error.js';

const CODES: Record<ErrorCode, MlflowErrorCode> = {
  INVALID_INPUT: 'INVALID_PARAMETER_VALUE',
  NOT_FOUND: 'RESOURCE_DOES_NOT_EXIST',
  CONFLICT: 'RESOURCE_CONFLICT',
  UNAUTHENTICATED: 'UNAUTHENTICATED',
  FORBIDDEN: 'PERMISSION_DENIED',
  TOO_LARGE: 'INVALID_PARAMETER_VALUE',
  UNAVAILABLE: 'TEMPORARILY_UNAVAILABLE',
  INTERNAL: 'INTERNAL_ERROR',
};

/** Every error of MLflow's routes in MLflow's form. What nobody foresaw is logged under an ID, and the ID is what the client learns. */
@Catch()
export class MlflowErrorFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    sendMlflowError(host.switchToHttp().getResponse<Response>(), error);
  }
}

/** If the answer has begun, all that is left is to cut it off. */
export function sendMlflowError(response: Response, cause: unknown): void {
  const { code, message, status } = asMlflowError(cause);
  if (response.headersSent) response.destroy();
  else response.status(status).json({ error_code: code, message });
}

function asMlflowError(cause: unknown): MlflowError {
  if (cause instanceof MlflowError) return cause;
  if (cause instanceof RanksweepError) {
    return new MlflowError(CODES[cause.code], cause.message, cause.code === 'TOO_LARGE' ? 413 : undefined);
  }
  const id = randomUUID().slice(0, 8);
  console.error(`internal error ${id}:`, cause);
  return new MlflowError('INTERNAL_ERROR', `internal error ${id}: the server's log has the details`);
}
