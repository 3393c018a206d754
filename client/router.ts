import { signal } from '@preact/signals';

/** Where the reader is: path segments and parameters. What a person would want to share is here and nowhere else. */
export interface Place {
  path: string;
  parameters: URLSearchParams;
}

const here = (): Place => ({
  path: window.location.pathname,
  parameters: new URLSearchParams(window.location.search),
});

export const place = signal<Place>({ path: '/', parameters: new URLSearchParams() });

/** Starts listening to the address: back and forward, and clicks on links of this page. */
export function startRouter(): void {
  followMlflowLink();
  place.value = here();
  window.addEventListener('popstate', () => {
    place.value = here();
  });
  document.addEventListener('click', followLink);
}

/** MLflow's clients print addresses of MLflow's own page: /#/experiments/PROJECT and /#/experiments/PROJECT/runs/RUN. */
function followMlflowLink(): void {
  const { pathname, hash } = window.location;
  const found = pathname === '/' ? /^#\/experiments\/[^/]+(?:\/runs\/([\w-]+))?/.exec(hash) : null;
  if (found !== null)
    window.history.replaceState(null, '', found[1] === undefined ? '/runs' : `/runs/${found[1]}`);
}

function followLink(event: MouseEvent): void {
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  const link = (event.target as Element | null)?.closest?.('a[href]') as HTMLAnchorElement | null;
  if (!link || !isPlain || event.defaultPrevented || link.target || link.hasAttribute('download')) return;
  const url = new URL(link.href);
  if (url.origin !== window.location.origin || url.pathname.startsWith('/artifacts/')) return;
  event.preventDefault();
  go(url.pathname + url.search);
}

export function go(address: string): void {
  window.history.pushState(null, '', address);
  place.value = here();
  window.scrollTo(0, 0);
}

/** Sets parameters of this page in place (null removes one); it makes no step in the history. */
export function setParameters(changes: Record<string, string | null>): void {
  const next = new URLSearchParams(window.location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === '') next.delete(name);
    else next.set(name, value);
  }
  const query = next.toString();
  window.history.replaceState(null, '', window.location.pathname + (query ? `?${query}` : ''));
  place.value = here();
}
