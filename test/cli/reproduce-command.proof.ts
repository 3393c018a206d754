// biome-ignore-all lint/suspicious/noTemplateCurlyInString: W&B's macros look like templates
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { startTestServer, type TestServer } from '../worker/server.js';
import { runCommandLine } from './command.js';

// A Python program in a repository with uncommitted changes and a file that git does not know: it comes out the same after all three changed.

jest.setTimeout(300_000);

const hasPython = spawnSync('python3', ['--version']).status === 0;
if (!hasPython && process.env.CI) throw new Error('python3 is needed for this test');
if (!hasPython) console.warn('SKIPPED: a Python command is reproduced, because there is no python3');
const REFUSED = 5;
let server: TestServer;
let repository: string;
let packages: string;

async function command(...args: string[]): Promise<{ code: number | null; text: string }> {
  const env = { PYTHONPATH: packages, PYTHONDONTWRITEBYTECODE: '1' };
  const { code, out, err } = await runCommandLine(args, { cwd: repository, url: server.url, env });
  return { code, text: out + err };
}

function git(...args: string[]): void {
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.org'];
  const { status, stderr } = spawnSync('git', [...who, ...args], { cwd: repository, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

const write = (name: string, text: string) => writeFileSync(join(repository, name), text);

/** A package as Python's own list of them finds it. */
function install(version: string): void {
  rmSync(packages, { recursive: true, force: true });
  const folder = join(packages, `tinylib-${version}.dist-info`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'METADATA'), `Metadata-Version: 2.1\nName: tinylib\nVersion: ${version}\n`);
  writeFileSync(join(packages, 'tinylib.py'), `VERSION = "${version}"\n`);
}

const onlyRun = async () => {
  const query = '{ runs(first: 10) { items { id reproduces state } } }';
  const response = await fetch(`${server.url}/graphql`, {
    ...{ method: 'POST', headers: { 'content-type': 'application/json' } },
    body: JSON.stringify({ query }),
  });
  const { data } = (await response.json()) as {
    data: { runs: { items: { id: string; reproduces: string | null; state: string }[] } };
  };
  return data.runs.items.find(({ reproduces }) => reproduces === null)!;
};

(hasPython ? describe : describe.skip)('a Python command', () => {
  let run: string;

  beforeAll(async () => {
    server = await startTestServer();
    repository = join(server.folder, 'repository');
    packages = join(server.folder, 'packages');
    mkdirSync(repository);
    install('1.0');
    const program = readFileSync(resolve('sweeps/any-command.py'), 'utf8');
    write('train.py', program);
    git('init', '-q', '-b', 'main');
    git('add', 'train.py');
    git('commit', '-q', '-m', 'a program');
    // not committed: the noise of the data, and that it comes from a file that git does not know
    write('noise.py', 'NOISE = 0.05\n');
    write(
      'train.py',
      program
        .replace('import sys', 'import sys\nfrom noise import NOISE')
        .replace('0.1) for x', 'NOISE) for x'),
    );
    write(
      'sweep.yaml',
      [
        'method: random\nrun_cap: 1\nseed: 3\nmetric: {name: validation/loss, goal: minimize}',
        "command: [python3, train.py, '${args}']",
        'parameters: {learning_rate: {min: 0.05, max: 0.2}, steps: {value: 40}}\n',
      ].join('\n'),
    );
    await command('sweep', 'sweep.yaml');
    const worked = await command('worker', '--exit-when-idle');
    const { id, state } = await onlyRun();
    if (state !== 'finished') throw new Error(worked.text);
    run = id;
  });
  afterAll(() => server?.close());

  it('comes out bit for bit after the code, its changes and the unknown file are others', async () => {
    write('train.py', 'raise SystemExit("this is not the code of then")\n');
    git('commit', '-q', '-am', 'another program');
    rmSync(join(repository, 'noise.py'));
    const { code, text } = await command('reproduce', run);
    expect(text).toMatch(/Identical: every logged value is the same\.\s+10 values of 4 metrics compared/);
    expect(code).toBe(0);
    expect(readFileSync(join(repository, 'train.py'), 'utf8')).toContain('not the code of then');
    expect(existsSync(join(repository, 'noise.py'))).toBe(false);
    expect(readdirSync(join(repository, '.git')).includes('worktrees')).toBe(false);
  });

  it('is refused where a library is another one, and goes on when that is allowed', async () => {
    install('2.0');
    const refused = await command('reproduce', run);
    expect(refused.text).toMatch(/tinylib.*1\.0.*2\.0/);
    expect(refused.code).toBe(REFUSED);
    const allowed = await command('reproduce', run, '--allow-drift');
    expect(allowed.text).toContain('Identical');
    expect(allowed.code).toBe(0);
  });
});
