import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { RanksweepError } from '../core/errors.js';
import type { AccessService } from './access.service.js';
import { NOBODY, OWNER } from './principal.js';
import type { TokenService } from './token.service.js';
import { secretOf } from './token-secret.js';

/** Whether the server is up, and which it is: for probes, which have no token. */
const PUBLIC = /^\/(healthz|health|version)\/?$/;

/** Before a body is read: who asks? Whoever has no good token learns only that. */
export function authenticate(access: AccessService, tokens: TokenService): RequestHandler {
  return (request, response, next) => {
    const known = !access.asksForTokens ? OWNER : PUBLIC.test(request.path) ? NOBODY : null;
    if (known !== null) {
      access.note(request, known);
      return next();
    }
    tokens.recognise(secretOf(request.headers.authorization), request.socket.remoteAddress ?? '').then(
      (principal) => {
        access.note(request, principal);
        next();
      },
      (error) => (error instanceof RanksweepError ? refuse(error, response) : next(error)),
    );
  };
}

/** After the body is read: the rest is done in the name of who asks. */
export function inTheNameOf(access: AccessService): RequestHandler {
  return (request: Request, _response: Response, next: NextFunction) => access.run(request, next);
}

/** One answer in the forms of all doors: GraphQL's, MLflow's and our own. */
function refuse({ code, message, problems }: RanksweepError, response: Response): void {
  if (code === 'UNAUTHENTICATED') response.set('WWW-Authenticate', 'Bearer realm="ranksweep"');
  else response.set('Retry-After', '60');
  response.set('Connection', 'close').status(code === 'UNAUTHENTICATED' ? 401 : 429);
  const mlflow = code === 'UNAUTHENTICATED' ? code : 'REQUEST_LIMIT_EXCEEDED';
  const errors = [{ message, extensions: { code, problems } }];
  response.json({ errors, error: { code, message, problems }, error_code: mlflow, message });
}
