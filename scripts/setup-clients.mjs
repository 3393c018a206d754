/**
 * Makes .venv-clients with the MLflow client, scikit-learn and what the package in python/ is tested with, above the Python that has torch and transformers, unless a Python that has
 * all of them is found: RANKSWEEP_CLIENTS_PYTHON or .venv-clients. Prints its path; exit code 1 and the reason if there is none.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const folder = join(repository, '.venv-clients');
const inVenv = join(folder, 'bin', 'python');
/** What test/clients/mlflow-recorded.json was recorded with. */
const PACKAGES = ['mlflow==3.17.2', 'scikit-learn>=1.5,<2', 'accelerate>=1.1'];
/** What the package in python/ is tested with; MLflow brings pandas and pyarrow. */
const OWN_PACKAGES = [
  'polars>=1,<2',
  'pytest>=8',
  'mypy>=1.11',
  'nbclient>=0.10',
  'nbformat>=5.10',
  'ipykernel>=6.29',
  'setuptools>=70',
];
const PROBE = `from importlib.util import find_spec
assert all(find_spec(name) for name in ('mlflow', 'sklearn', 'accelerate', 'torch', 'transformers', 'pandas', 'pyarrow',
  'polars', 'pytest', 'mypy', 'nbclient', 'nbformat', 'ipykernel', 'setuptools'))`;
const PURELIB = "import sysconfig; print(sysconfig.get_path('purelib'))";

/** A Python with the clients; null if there is none. */
export function findClientsPython(environment = process.env) {
  const candidates = [environment.RANKSWEEP_CLIENTS_PYTHON, inVenv].filter(Boolean);
  return candidates.find((python) => run(python, '-c', PROBE).status === 0) ?? null;
}

/** The packages of the Python with torch are seen from the new one through a .pth file: torch alone would be a gigabyte more. */
function install() {
  const setup = spawnSync(process.execPath, [join(repository, 'scripts', 'setup-python.mjs')], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (setup.status !== 0) return 'there is no Python with torch (above).';
  const base = setup.stdout.trim();
  console.error('Installing the MLflow client and scikit-learn into .venv-clients …');
  if (!existsSync(inVenv) && run(base, '-m', 'venv', folder).status !== 0)
    return `${base} could not make .venv-clients.`;
  const purelib = (python) => run(python, '-c', PURELIB).stdout.trim();
  writeFileSync(join(purelib(inVenv), 'with-torch.pth'), `${purelib(base)}\n`);
  const pip = spawnSync(inVenv, ['-m', 'pip', 'install', '--quiet', ...PACKAGES, ...OWN_PACKAGES], {
    stdio: ['ignore', 2, 2],
  });
  return pip.status === 0 ? null : 'pip could not install them (its last lines are above).';
}

function run(command, ...args) {
  return spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
}

function main() {
  const problem = findClientsPython() ? null : install();
  const python = findClientsPython();
  if (python) console.log(python);
  else console.error(`No Python with the MLflow client: ${problem ?? `${inVenv} cannot import it.`}`);
  return python ? 0 : 1;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = main();
