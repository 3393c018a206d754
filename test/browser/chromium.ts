import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const PLACES = [
  process.env.RANKSWEEP_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];
const FLAGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

/** The browser on this machine; undefined: there is none. RANKSWEEP_CHROMIUM names another. */
export function findChromium(): string | undefined {
  const found = PLACES.find((path) => path !== undefined && existsSync(path));
  if (!found && process.env.CI)
    throw new Error('no Chromium, and CI must not skip the browser tests: install it');
  if (!found)
    console.warn(
      'NO CHROMIUM: the browser tests are skipped (apt-get install chromium, or set RANKSWEEP_CHROMIUM)',
    );
  return found;
}

export function startBrowser(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: FLAGS });
}

/** Builds the dashboard as its sources are now into a folder of its own. Vite's bundler does not run inside jest's sandbox. */
export function buildPage(): string {
  const folder = mkdtempSync(join(tmpdir(), 'ranksweep-page-'));
  const build = [
    'node_modules/vite/bin/vite.js',
    'build',
    '--outDir',
    folder,
    '--emptyOutDir',
    '--logLevel',
    'error',
  ];
  execFileSync(process.execPath, build, { stdio: 'inherit' });
  return folder;
}
