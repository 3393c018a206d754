import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { RanksweepError } from '../../core/errors.js';

/** How each lock file is installed within its folder. The first that the folder has is taken. */
const INSTALLERS: [string, string[][]][] = [
  ['uv.lock', [['uv', 'sync', '--frozen']]],
  ['poetry.lock', [['poetry', 'install', '--no-interaction']]],
  ['Pipfile.lock', [['pipenv', 'sync']]],
  [
    'requirements.txt',
    [
      ['python3', '-m', 'venv', '.venv'],
      ['.venv/bin/python', '-m', 'pip', 'install', '--quiet', '-r', 'requirements.txt'],
    ],
  ],
  ['package-lock.json', [['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund']]],
  ['pnpm-lock.yaml', [['pnpm', 'install', '--frozen-lockfile', '--ignore-scripts']]],
  ['yarn.lock', [['yarn', 'install', '--frozen-lockfile', '--ignore-scripts']]],
];

/**
 * Installs what a folder's lock file describes, into that folder.
 * @returns the command with the Python that was made, if it called one
 * @throws RanksweepError INVALID_INPUT without a lock file; CONFLICT if the installer fails
 */
export async function installIn(
  folder: string,
  command: string[],
  say: (line: string) => void,
): Promise<string[]> {
  const found = INSTALLERS.find(([file]) => existsSync(join(folder, file)));
  if (found === undefined) {
    const names = INSTALLERS.map(([file]) => file).join(', ');
    const message = `found no lock file in the run’s code, expected one of ${names}`;
    throw new RanksweepError('INVALID_INPUT', `--install: ${message}`, [{ field: '--install', message }]);
  }
  const [file, steps] = found;
  say(`  installing from ${file}`);
  for (const step of steps) await runStep(folder, step);
  const python = join(folder, '.venv', 'bin', 'python');
  const callsPython = /^(.*\/)?python[\d.]*$/.test(command[0] ?? '');
  return callsPython && existsSync(python) ? [python, ...command.slice(1)] : command;
}

function runStep(folder: string, [program, ...args]: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    // standard output is the command line's own answer
    const child = spawn(program!, args, { cwd: folder, stdio: ['ignore', process.stderr, process.stderr] });
    child.on('error', (error) => reject(failed(program!, args, error.message)));
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(failed(program!, args, `exit code ${code}`)),
    );
  });
}

function failed(program: string, args: string[], why: string): RanksweepError {
  return new RanksweepError('CONFLICT', `--install: \`${[program, ...args].join(' ')}\` failed: ${why}`);
}
