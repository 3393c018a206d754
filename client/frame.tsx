import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { connection } from './api/connection.js';
import { LIVE_MS, useLiveQuery } from './api/live-query.js';
import { RunningRunsDocument } from './api/operations.generated.js';
import { formatAge, formatClock } from './format/time.js';
import { statusText } from './parts/status-line.js';
import { place } from './router.js';
import { theme, toggleTheme } from './theme.js';
import { forgetToken, token } from './token.js';

const TABS = [
  { href: '/runs', name: 'Runs' },
  { href: '/sweeps', name: 'Sweeps' },
  { href: '/compare', name: 'Compare' },
  { href: '/adapters', name: 'Adapters' },
  { href: '/datasets', name: 'Datasets' },
  { href: '/workers', name: 'Workers' },
  { href: '/storage', name: 'Storage' },
];

/** Head with tabs, the page, and the status line under it. */
export function Frame({ children }: { children: ComponentChildren }) {
  return (
    <>
      <header class="head">
        <div class="head-line">
          <a class="brand" href="/runs">
            <Logo />
            Ranksweep
          </a>
          <Tabs />
          <div class="head-end">
            <Liveness />
            {token.value !== null && (
              <button type="button" class="plain" onClick={forgetToken}>
                Forget token
              </button>
            )}
            <button
              type="button"
              class="plain"
              onClick={toggleTheme}
              aria-label="switch between light and dark"
            >
              {theme.value === 'dark' ? 'Light' : 'Dark'}
            </button>
          </div>
        </div>
        <LostConnection />
      </header>
      <main>{children}</main>
      <StatusLine />
    </>
  );
}

function Logo() {
  return (
    <svg width="18" height="18" viewBox="0 0 16 16" aria-hidden="true">
      <rect width="16" height="16" rx="3" fill="var(--accent)" />
      <path
        d="M3 4.5C5 10 8 11 13 11.5M3 3C4 7 7 8 13 8.5"
        fill="none"
        stroke="var(--ground)"
        stroke-width="1.5"
        stroke-linecap="round"
      />
    </svg>
  );
}

/** The empty address shows the runs. */
function isInRoom(path: string, href: string): boolean {
  return (path === '/' ? '/runs' : path).startsWith(href);
}

function Tabs() {
  const { path } = place.value;
  return (
    <nav class="tabs">
      {TABS.map(({ href, name }) => (
        <a key={href} href={href} aria-current={isInRoom(path, href) ? 'page' : undefined}>
          {name}
        </a>
      ))}
    </nav>
  );
}

const FRAME_MS = 2 * LIVE_MS;

function Liveness() {
  const { data } = useLiveQuery(RunningRunsDocument, {}, () => FRAME_MS);
  const running = data?.runs.total ?? 0;
  if (connection.value.lostSince !== null) return <span class="live is-lost">no connection</span>;
  if (data === undefined) return <span class="live">connecting</span>;
  return running === 0 ? (
    <span class="live">idle</span>
  ) : (
    <span class="live is-running">live, {running} running</span>
  );
}

/** A lost connection keeps the last data and says how old it is. */
function LostConnection() {
  const now = useClock(connection.value.lostSince !== null);
  const { lostSince, lastAnswerAt } = connection.value;
  if (lostSince === null) return null;
  if (lastAnswerAt === null) {
    return (
      <div class="lost" role="alert">
        The server does not answer. Start it with <code>npx ranksweep serve</code>; this page goes on by
        itself.
      </div>
    );
  }
  return (
    <div class="lost" role="alert">
      The server does not answer. What you see is {formatAge(now - lastAnswerAt)} old (from{' '}
      {formatClock(lastAnswerAt)}); nothing is lost, and this page goes on by itself once it is back.
    </div>
  );
}

function useClock(isTicking: boolean): number {
  const now = useSignal(Date.now());
  useEffect(() => {
    if (!isTicking) return;
    const timer = setInterval(() => {
      now.value = Date.now();
    }, 1000);
    return () => clearInterval(timer);
  }, [isTicking]);
  return now.value;
}

function StatusLine() {
  const { lastAnswerAt } = connection.value;
  return (
    <footer class="status-line">
      <span>{statusText.value}</span>
      {lastAnswerAt !== null && <span class="right">last answer {formatClock(lastAnswerAt)}</span>}
    </footer>
  );
}
