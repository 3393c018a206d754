/**
 * Other programs' real clients against a server that was just started: `npm run prove:clients`. The MLflow client's answers are compared
 * with those that MLflow's own server gave it (test/clients/mlflow-recorded.json); Hugging Face's Trainer checks what it logged. Prints
 * each difference. The package in python/ is installed as users install it, type-checked and tested on servers that it kills itself, and
 * docs/notebook.ipynb is executed. Last comes one JSON line; the exit code is 1 if there is a difference that nobody explained.
 *
 *   --record URI    asks the server there instead and writes its answers: for a new, empty `mlflow server`
 *   --only WORD     programs whose name has it
 */
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual, parseArgs } from 'node:util';
import { findClientsPython } from './setup-clients.mjs';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const clients = join(repository, 'test', 'clients');
const RECORDED = join(clients, 'mlflow-recorded.json');
const EXPLAINED = join(clients, 'mlflow-differences.json');

const { values: options } = parseArgs({
  options: { record: { type: 'string' }, only: { type: 'string', default: '' } },
});

const readJson = (file) => JSON.parse(readFileSync(file, 'utf8'));

/** Runs a Python script to its end. What it prints is shown only if it fails. */
function runScript(name, ...args) {
  return runPython(name, ['-W', 'ignore', join(clients, name), ...args]);
}

function runPython(name, args, { cwd = repository, env = {} } = {}) {
  const python = findClientsPython();
  if (python === null) throw new Error('no Python with the clients: node scripts/setup-clients.mjs');
  const child = spawn(python, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd,
    env: { ...process.env, ...env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  return new Promise((done, failed) => {
    child.on('error', failed);
    child.on('close', (code) =>
      code === 0 ? done(output) : failed(new Error(`${name} ended with ${code}:\n${output}`)),
    );
  });
}

/** Answers in the form in which they are compared: of an error its code, for its words are each server's own. */
function comparable(answer) {
  return answer?.error === undefined ? answer : { error: answer.error };
}

async function mlflowAnswers(url, folder) {
  const file = join(folder, 'answers.json');
  await runScript('mlflow_answers.py', url, file);
  const [ours, recorded, explained] = [readJson(file), readJson(RECORDED), readJson(EXPLAINED)];
  const names = Object.keys({ ...recorded, ...ours });
  const differing = names.filter(
    (name) => !isDeepStrictEqual(comparable(ours[name]), comparable(recorded[name])),
  );
  for (const name of differing) {
    const why = explained[name];
    if (why !== undefined && isDeepStrictEqual(comparable(ours[name]), why.here)) continue;
    console.log(
      `DIFFERS ${name}\n  here   ${JSON.stringify(ours[name])}\n  MLflow ${JSON.stringify(recorded[name])}`,
    );
  }
  const unexplained = differing.filter(
    (name) => !isDeepStrictEqual(comparable(ours[name]), explained[name]?.here),
  );
  const stale = Object.keys(explained).filter((name) => !differing.includes(name));
  for (const name of stale) console.log(`STALE   ${name}: explained as different, and is not`);
  return {
    asked: names.length,
    explained: differing.length - unexplained.length,
    wrong: unexplained.length + stale.length,
  };
}

async function record(url) {
  await runScript('mlflow_answers.py', url, RECORDED);
  const answers = Object.entries(readJson(RECORDED)).map(([name, answer]) => [name, comparable(answer)]);
  writeFileSync(RECORDED, `${JSON.stringify(Object.fromEntries(answers), null, 1)}\n`);
}

async function trainer(url) {
  console.log(`trainer ${(await runScript('mlflow_trainer.py', url)).trim().split('\n').at(-1)}`);
  return { wrong: 0 };
}

/** Installs the package as users do, into a folder of its own. @returns the environment in which it is found */
async function installed(folder) {
  const target = join(folder, 'site');
  const source = join(folder, 'python');
  cpSync(join(repository, 'python'), source, { recursive: true });
  const options = ['--quiet', '--no-deps', '--no-build-isolation', '--target', target];
  await runPython('pip', ['-m', 'pip', 'install', ...options, source]);
  return { PYTHONPATH: target, PYTHONDONTWRITEBYTECODE: '1' };
}

async function pythonPackage(_url, folder) {
  const [env, cwd] = [await installed(folder), join(repository, 'python')];
  await runPython('mypy', ['-m', 'mypy', '--cache-dir', join(folder, 'mypy')], { cwd });
  const output = await runPython('pytest', ['-m', 'pytest', '-q', '-p', 'no:cacheprovider', 'tests'], {
    cwd,
    env,
  });
  console.log(`python  ${output.trim().split('\n').at(-1)}`);
  return { wrong: 0 };
}

async function notebook(url, folder) {
  const args = [join(repository, 'scripts', 'run-notebook.py'), join(repository, 'docs', 'notebook.ipynb')];
  const output = await runPython('notebook', args, {
    env: { ...(await installed(folder)), RANKSWEEP_URL: url },
  });
  console.log(`notebook ${output.trim().split('\n').at(-1)}`);
  return { wrong: 0 };
}

/** A server of its own for each, as users start it. */
async function withServer(prove) {
  const { startServer } = await import(join(repository, 'dist', 'src', 'main.js'));
  const folder = mkdtempSync(join(tmpdir(), 'ranksweep-clients-'));
  const server = await startServer({ port: 0, dataFolder: join(folder, 'data') });
  try {
    return await prove(server.url, folder);
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const PROGRAMS = { mlflow: mlflowAnswers, trainer, python: pythonPackage, notebook };

async function main() {
  if (options.record) return record(options.record);
  const results = {};
  for (const [name, prove] of Object.entries(PROGRAMS)) {
    if (!name.includes(options.only)) continue;
    const started = performance.now();
    results[name] = await withServer(prove).catch((error) => {
      console.log(`FAIL    ${name}: ${error.message}`);
      return { wrong: 1 };
    });
    results[name].seconds = Math.round((performance.now() - started) / 100) / 10;
  }
  console.log(JSON.stringify(results));
  if (Object.values(results).some(({ wrong }) => wrong > 0)) process.exitCode = 1;
}

await main();
