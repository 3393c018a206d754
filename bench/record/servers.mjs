/** The servers that are measured: ours, and its peers in Python environments of their own. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..');
const CACHE = join(repository, '.cache', 'bench');
const VERSIONS = { mlflow: 'mlflow==3.17.2', trackio: 'trackio==0.43.0', aim: 'aim==3.29.1' };

/** The Python of a peer, installed at first use; null, with the reason on stderr, where it cannot be. */
export function peerPython(name) {
  const python = join(CACHE, name, 'bin', 'python');
  if (spawnSync(python, ['-c', `import ${name}`], { stdio: 'ignore' }).status === 0) return python;
  console.error(`installing ${VERSIONS[name]} into .cache/bench/${name} …`);
  mkdirSync(CACHE, { recursive: true });
  const run = (command, ...args) => spawnSync(command, args, { stdio: ['ignore', 2, 2] }).status === 0;
  const venv = join(CACHE, name);
  if (!existsSync(python) && !run('python3', '-m', 'venv', venv)) return null;
  return run(python, '-m', 'pip', 'install', '--quiet', VERSIONS[name]) ? python : null;
}

/** What a failed measurement leaves running ends with this process. */
const running = new Set();
process.on('exit', () => {
  for (const end of running) end();
});

export function scratchFolder() {
  return mkdtempSync(join(tmpdir(), 'ranksweep-bench-'));
}

/** Our server, built, in a process of its own. */
export async function startRanksweep(folder, args = []) {
  const main = join(repository, 'dist', 'src', 'cli', 'main.js');
  const all = [main, 'serve', '--port', '0', '--data', folder, '--json', ...args];
  const child = spawn(process.execPath, all, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  for await (const chunk of child.stdout) {
    output += chunk;
    const url = /"url": *"([^"]+)"/.exec(output)?.[1];
    if (url) return server('ranksweep', url, child);
  }
  throw new Error(`the server ended before it said where it is: ${output}`);
}

/** `mlflow server` as its documentation starts it, on a SQLite file, with one worker process as SQLite wants it. */
export async function startMlflow(folder) {
  const python = peerPython('mlflow');
  if (python === null) return null;
  const port = await freePort();
  const args = ['-m', 'mlflow', 'server', '--host', '127.0.0.1', '--port', String(port), '--workers', '1'];
  args.push('--backend-store-uri', `sqlite:///${join(folder, 'mlflow.db')}`);
  args.push('--default-artifact-root', join(folder, 'artifacts'));
  // its job runner starts seven more processes, which have no part in this
  const env = { ...process.env, MLFLOW_SERVER_ENABLE_JOB_EXECUTION: 'false' };
  const child = spawn(python, args, { stdio: 'ignore', cwd: folder, detached: true, env });
  const url = `http://127.0.0.1:${port}`;
  for (let left = 1000; left > 0; left--) {
    if (
      await fetch(`${url}/health`).then(
        (r) => r.ok,
        () => false,
      )
    )
      return server('mlflow', url, child, true);
    if (child.exitCode !== null) break;
    await new Promise((done) => setTimeout(done, 250));
  }
  throw new Error('mlflow server did not start');
}

function server(name, url, child, isGroup = false) {
  const end = () => process.kill(isGroup ? -child.pid : child.pid, 'SIGTERM');
  running.add(end);
  child.once('exit', () => running.delete(end));
  return {
    ...{ name, url, pid: child.pid },
    /** user and system seconds so far, of the process and those that it started */
    cpuSeconds: () => processTree(child.pid).reduce((sum, pid) => sum + cpuSeconds(pid), 0),
    /** the most memory that it ever held, MB */
    peakMegabytes: () =>
      Math.round(Number(/VmHWM:\s+(\d+)/.exec(read(child.pid, 'status'))?.[1] ?? 0) / 1024),
    close: () =>
      new Promise((done) => {
        child.once('exit', done);
        end();
      }),
  };
}

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

function processTree(pid) {
  const children = read(pid, `task/${pid}/children`).split(' ').filter(Boolean).map(Number);
  return [pid, ...children.flatMap(processTree)];
}

function cpuSeconds(pid) {
  const fields = read(pid, 'stat').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
}

function freePort() {
  return new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

export function remove(folder) {
  rmSync(folder, { recursive: true, force: true });
}
