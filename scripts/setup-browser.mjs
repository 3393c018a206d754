/**
 * Finds Chromium for the tests of the page, or installs it where that can be done without asking (Debian and Ubuntu, as root).
 * Prints its path; exit code 1 and one sentence if there is none.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const ADVICE =
  'Chromium is not here: install it (Debian and Ubuntu: apt-get install chromium), or name it in RANKSWEEP_CHROMIUM.';

/** Path of a Chromium: RANKSWEEP_CHROMIUM, or the first one on the PATH; null if there is none. */
export function findBrowser(environment = process.env) {
  const named = environment.RANKSWEEP_CHROMIUM;
  if (named) return existsSync(named) ? named : null;
  const folders = (environment.PATH ?? '').split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(existsSync) ?? null;
}

function canInstall() {
  return process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0;
}

function install() {
  console.error('Installing Chromium with apt-get …');
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const apt = (...args) =>
    spawnSync('apt-get', ['-q', '-y', ...args], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const installed = apt('install', '--no-install-recommends', 'chromium');
  if (installed.status !== 0 && apt('update').status === 0)
    apt('install', '--no-install-recommends', 'chromium');
}

function main() {
  if (findBrowser() === null && !process.env.RANKSWEEP_CHROMIUM && canInstall()) install();
  const path = findBrowser();
  if (path === null) console.error(ADVICE);
  else console.log(path);
  return path === null ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = main();
