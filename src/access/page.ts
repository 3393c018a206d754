import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { type RequestHandler } from 'express';

const NOT_BUILT = `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Ranksweep</title></head>
<body><h1>Ranksweep is running</h1>
<p>The dashboard is not built. In the project's folder, run <code>npm run build:client</code> and load this page again.</p>
<p>The API answers at <code>/graphql</code>.</p></body></html>
`;
const API = /^\/(graphql|artifacts|healthz|health|version|api|ajax-api)(\/|$)/;

/**
 * The built page in `folder`: its files, and index.html for every other address that a browser opens, so that /runs/ID can be
 * loaded anew. The addresses of the API are passed on.
 */
export function servePage(folder: string): RequestHandler {
  const files = express.static(folder, { index: false, setHeaders: cacheHeaders });
  return (request, response, next) => {
    const asksForPage = (request.method === 'GET' || request.method === 'HEAD') && !API.test(request.path);
    if (!asksForPage) return next();
    files(request, response, (error?: unknown) => {
      if (error !== undefined) next(error);
      else if (/\.[a-z0-9]+$/i.test(request.path)) next();
      else sendIndex(folder, response);
    });
  };
}

function sendIndex(folder: string, response: express.Response): void {
  response.set('Cache-Control', 'no-cache');
  const index = join(folder, 'index.html');
  if (existsSync(index)) response.sendFile(index, { dotfiles: 'allow' });
  else response.status(200).type('html').send(NOT_BUILT);
}

/** Vite names the files in assets/ by their content. */
function cacheHeaders(response: express.Response, path: string): void {
  const isNamedByContent = /[\\/]assets[\\/]/.test(path);
  response.set('Cache-Control', isNamedByContent ? 'public, max-age=31536000, immutable' : 'no-cache');
}
