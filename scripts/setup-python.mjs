/**
 * Makes .venv with PyTorch (CPU), transformers and PEFT for the tests that compare the trainer with them, unless a Python that has
 * them is found: RANKSWEEP_PYTHON, .venv, or python3 on the PATH. Prints its path; exit code 1 and the reason if there is none.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const inVenv = join(repository, '.venv', 'bin', 'python');
/** The CPU build where the index has it; the plain one brings CUDA along on Linux. */
const TORCH = ['torch==2.13.0+cpu', 'torch==2.13.0'];
const PACKAGES = ['transformers>=5.20,<6', 'peft>=0.21,<0.22', 'safetensors', 'numpy'];
/** Finds the packages without importing them, which takes seconds. */
const PROBE = `from importlib.util import find_spec
assert all(find_spec(name) for name in ('torch', 'transformers', 'peft', 'safetensors'))`;

/** A Python that can import what the tests need; null if there is none. */
export function findPython(environment = process.env) {
  const named = environment.RANKSWEEP_PYTHON;
  const candidates = named ? [named] : [inVenv, 'python3', 'python'];
  return (
    candidates.find((python) => spawnSync(python, ['-c', PROBE], { stdio: 'ignore' }).status === 0) ?? null
  );
}

function install() {
  console.error('Installing PyTorch, transformers and PEFT into .venv …');
  if (!existsSync(inVenv) && run('python3', '-m', 'venv', join(repository, '.venv')) !== 0) {
    return 'python3 could not make .venv (Debian and Ubuntu: apt-get install python3-venv).';
  }
  const pip = (...what) => run(inVenv, '-m', 'pip', 'install', '--quiet', ...what);
  if (!TORCH.some((torch) => pip(torch) === 0))
    return 'pip could not install PyTorch (its last lines are above).';
  if (pip(...PACKAGES) !== 0)
    return 'pip could not install transformers and PEFT (its last lines are above).';
  return null;
}

const run = (command, ...args) => spawnSync(command, args, { stdio: ['ignore', 2, 2] }).status;

function main() {
  const problem = findPython()
    ? null
    : process.env.RANKSWEEP_PYTHON
      ? 'RANKSWEEP_PYTHON lacks them.'
      : install();
  const python = findPython();
  if (python) console.log(python);
  else
    console.error(
      `No Python with PyTorch, transformers and PEFT: ${problem ?? `${inVenv} cannot import them.`}`,
    );
  return python ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = main();
