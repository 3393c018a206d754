import type { IncomingMessage } from 'node:http';
import type { NextFunction, Request, Response } from 'express';
import { RanksweepError } from '../core/errors.js';
import { sendError } from './http-error.filter.js';

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** Whether only this machine reaches an address to listen on. */
export function isLoopback(host = '127.0.0.1'): boolean {
  return host === '127.0.0.1' || host === '::1' || host === 'localhost';
}

/** What a request may be from. */
export interface Reach {
  /** the server asks for tokens, and is reached by names that it cannot know; else by this machine's alone */
  asksForTokens: boolean;
}

/**
 * The server asks for no token because only this machine reaches it. A web page elsewhere could still make the browser ask it
 * (by DNS rebinding, or simply by fetch): so the Host must be a loopback name, and the Origin, where sent, the server's own.
 */
export function localRequestsOnly(reach: Reach) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const reason = refusalReason(request, reach);
    if (reason === null) next();
    else sendError(response, new RanksweepError('FORBIDDEN', reason));
  };
}

/** Why a request is refused, or null. */
export function refusalReason(
  { headers, method }: Pick<IncomingMessage, 'headers' | 'method'>,
  { asksForTokens }: Reach,
): string | null {
  const host = parsedHost(headers.host);
  if (host === null || !(asksForTokens || LOOPBACK.has(host.hostname))) {
    return `found Host ${JSON.stringify(headers.host ?? '')}, this server answers to 127.0.0.1, localhost and [::1] only`;
  }
  // what stands before it may speak https for it
  const own = asksForTokens ? [`http://${host.host}`, `https://${host.host}`] : [`http://${host.host}`];
  if (headers.origin !== undefined && !own.includes(headers.origin)) {
    return `found Origin ${JSON.stringify(headers.origin)}, only the server's own pages may ask`;
  }
  const isLink = headers['sec-fetch-mode'] === 'navigate' && method === 'GET';
  if (headers['sec-fetch-site'] === 'cross-site' && !isLink) return 'found a request from another site';
  return null;
}

function parsedHost(host: string | undefined): URL | null {
  if (host === undefined || !/^[A-Za-z0-9.:[\]-]+$/.test(host)) return null;
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`) : null;
}
