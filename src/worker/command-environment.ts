import { execFile } from 'node:child_process';
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  realpathSync,
} from 'node:fs';
import { basename, delimiter, join, resolve, sep } from 'node:path';
import { promisify } from 'node:util';
import { sha256 } from '../core/hash.js';

/** What executes a command. */
export interface Interpreter {
  /** the program as it was found, links followed */
  path: string;
  /** of those programs that are asked for it */
  version: string | null;
}

/** Packages that an interpreter has, as lines `name==version`, sorted. The list itself is kept by its hash. */
export interface PackageList {
  manager: 'python' | 'conda';
  sha256: string;
  count: number;
}

/** As the container says it of itself; what it does not say cannot be known from inside. */
export interface Container {
  kind: string;
  image: string | null;
  /** the digest */
  imageId: string | null;
}

export const packagesName = (manager: PackageList['manager']) => `environment/${manager}-packages.txt`;

export interface CommandEnvironment {
  interpreter: Interpreter | null;
  packages: { record: PackageList; text: string }[];
}

const run = promisify(execFile);
const ASK_MS = 20_000;

/** Distributions as importlib sees them: also where there is no pip, as in the environments of uv. */
const LIST_PYTHON = `
import importlib.metadata as m, platform
print(platform.python_implementation(), platform.python_version())
print("\\n".join(sorted({f"{d.metadata['Name']}=={d.version}" for d in m.distributions() if d.metadata['Name']}, key=str.lower)))
`;
/** Programs that print their version for this argument, and do nothing else. */
const VERSION_ARGUMENTS: Record<string, string> = {
  node: '--version',
  bun: '--version',
  deno: '--version',
  julia: '--version',
  Rscript: '--version',
  ruby: '--version',
  perl: '--version',
};

/** Asks for what a command runs with: interpreter, its version, its packages. Costs one start of Python, and nothing for other programs. */
export async function readCommandEnvironment(command: string[], cwd: string): Promise<CommandEnvironment> {
  const found = findProgram(command[0] ?? '', cwd);
  const python = pythonOf(command, cwd, found);
  const conda = condaPackages();
  if (python === null) {
    const version = found === null ? null : await versionOf(found, cwd);
    const interpreter = found === null ? null : { path: realpathSync(found), version };
    return { interpreter, packages: conda };
  }
  const listed = await askPython(python, cwd);
  const interpreter = { path: realpathSync(python), version: listed?.version ?? null };
  return { interpreter, packages: [...conda, ...(listed ? [packageList('python', listed.packages)] : [])] };
}

/** As a shell would find it. */
export function findProgram(program: string, cwd: string): string | null {
  if (program.includes('/') || program.includes(sep)) return executableAt(resolve(cwd, program));
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => executableAt(join(folder, program))).find((path) => path !== null) ?? null;
}

function executableAt(path: string): string | null {
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return null;
  }
}

const isPython = (path: string) => /^(python|pypy)[\d.]*(\.exe)?$/.test(basename(path));

/** The command's own program, or that of the environment that a tool such as uv, torchrun or accelerate would use. */
function pythonOf(command: string[], cwd: string, program: string | null): string | null {
  if (program !== null && isPython(program)) return program;
  const looksLikePython = command.some((item) => isPython(item) || item.endsWith('.py'));
  const script = program !== null && /^#!.*\bpython/.test(firstLine(program)) ? program : null;
  if (!looksLikePython && script === null) return null;
  const beside = script === null ? [] : [firstLine(script).slice(2).trim().split(/\s+/)[0]!];
  const environments = [process.env.VIRTUAL_ENV, join(cwd, '.venv'), process.env.CONDA_PREFIX];
  const candidates = environments.flatMap((folder) => (folder ? [join(folder, 'bin', 'python')] : []));
  const found = [...beside, ...candidates].find((path) => isPython(path) && existsSync(path));
  return found ?? findProgram('python3', cwd);
}

function firstLine(path: string): string {
  const start = Buffer.alloc(200);
  try {
    const file = openSync(path, 'r');
    const bytes = readSync(file, start);
    closeSync(file);
    return start.toString('latin1', 0, bytes).split('\n')[0]!;
  } catch {
    return '';
  }
}

async function askPython(python: string, cwd: string) {
  try {
    const { stdout } = await run(python, ['-c', LIST_PYTHON], { cwd, timeout: ASK_MS });
    const [version = '', ...packages] = stdout.trim().split('\n');
    return { version, packages: packages.filter((line) => line !== '') };
  } catch {
    return null;
  }
}

async function versionOf(program: string, cwd: string): Promise<string | null> {
  const argument = VERSION_ARGUMENTS[basename(program)];
  if (argument === undefined) return null;
  const answer = await run(program, [argument], { cwd, timeout: ASK_MS }).catch(() => null);
  return answer && (answer.stdout || answer.stderr).split('\n')[0]!.trim();
}

/** Conda notes each package in a file that is named by it: nothing needs to be started. */
function condaPackages(): CommandEnvironment['packages'] {
  const folder = process.env.CONDA_PREFIX && join(process.env.CONDA_PREFIX, 'conda-meta');
  if (!folder || !existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return [
    packageList('conda', names.map((name) => name.replace(/-([^-]+)-([^-]+)\.json$/, '==$1=$2')).sort()),
  ];
}

function packageList(manager: PackageList['manager'], lines: string[]) {
  const text = lines.map((line) => `${line}\n`).join('');
  return { record: { manager, sha256: sha256(text), count: lines.length }, text };
}

/** Null outside of a container, or in one that does not tell. RANKSWEEP_CONTAINER_DIGEST says it where nothing else does. */
export function readContainer(environment = process.env): Container | null {
  const told = environment.RANKSWEEP_CONTAINER_DIGEST ?? null;
  const apptainer = environment.APPTAINER_CONTAINER ?? environment.SINGULARITY_CONTAINER;
  if (apptainer) return { kind: 'apptainer', image: apptainer, imageId: told };
  if (existsSync('/run/.containerenv')) return podman(readFileSync('/run/.containerenv', 'utf8'), told);
  if (existsSync('/.dockerenv')) return { kind: 'docker', image: null, imageId: told };
  return told === null ? null : { kind: 'container', image: null, imageId: told };
}

function podman(text: string, told: string | null): Container {
  const field = (name: string) => new RegExp(`^${name}="(.*)"$`, 'm').exec(text)?.[1] || null;
  return { kind: 'podman', image: field('image'), imageId: told ?? field('imageid') };
}
