import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir } from 'node:fs/promises';
import { basename, dirname, isAbsolute, resolve } from 'node:path';
import { RanksweepError } from '../../core/errors.js';
import type { ManifestFile } from '../../core/manifest.js';
import { pathIn } from '../../worker/command-files.js';
import type { Provenance } from '../../worker/provenance.js';
import type { RunRecord } from '../run-report.js';
import { cachedPath, hasContent } from './cache.js';
import type { InputPlan } from './input-plan.js';
import { isKept } from './locate-inputs.js';
import type { Original } from './original.js';

/** Null: the built-in trainer's. A command's run holds it as it was started. @throws RanksweepError CONFLICT if a secret is missing in it */
export function commandOf({ executes, command }: Partial<Provenance>): string[] | null {
  if (executes !== 'command' || !command) return null;
  if (!command.some((argument) => argument.includes('[removed]'))) return command;
  throw new RanksweepError(
    'CONFLICT',
    'The run’s command had a secret among its arguments, which its record does not hold.',
  );
}

/** Says of every file that a command names where it can be had: where it was, here, or from the server. */
export async function planCommandFiles({ run, manifest }: Original): Promise<InputPlan[]> {
  const { cwd = process.cwd() } = run.provenance as Partial<Provenance>;
  return Promise.all((manifest?.files ?? []).map((file) => planFile(run, file, cwd)));
}

async function planFile(run: RunRecord, file: ManifestFile, cwd: string): Promise<InputPlan> {
  const { argument, path, sha256, bytes } = file;
  const [what, field] = [`file ${path}`, `command[${argument}]`];
  const plan = { what, field, from: path, bytes, reason: null, downloads: [] };
  const here = resolve(path);
  if (await hasContent(here, sha256)) return { ...plan, state: 'here', to: here };
  const then = resolve(cwd, path);
  if (await hasContent(then, sha256)) return { ...plan, state: 'moved', to: then };
  const cached = resolve(cachedPath(sha256, path));
  const downloads = [{ sha256, path: cached }];
  if (isKept(run, sha256)) return { ...plan, state: 'fetched', to: cached, downloads };
  const found = existsSync(here) ? 'has other content now' : 'is not there';
  const reason = `found no file with the hash ${sha256}: ${path} ${found}, and the run kept no copy`;
  return { ...plan, state: 'missing', to: null, reason };
}

/**
 * The command as it is executed in a folder: relative files are put where they were if the folder lacks them or has others; other paths are
 * replaced by where the files are now.
 * @param isOwn the folder was made for this run: files may be written to it
 */
export async function commandIn(
  folder: string,
  command: readonly string[],
  files: readonly ManifestFile[],
  plans: readonly InputPlan[],
  isOwn: boolean,
): Promise<string[]> {
  const result = [...command];
  for (const { argument, path, sha256 } of files) {
    const place = resolve(folder, path);
    if (await hasContent(place, sha256)) continue;
    const source = plans.find(({ field }) => field === `command[${argument}]`)!.to!;
    if (isOwn && !isAbsolute(path) && !path.split(/[\\/]/).includes('..'))
      await put(source, place, argument === 0);
    else result[argument] = withPath(result[argument]!, source);
  }
  return result;
}

async function put(source: string, target: string, isProgram: boolean): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await copyFile(source, target);
  if (isProgram) await chmod(target, 0o755);
}

function withPath(argument: string, path: string): string {
  return argument.slice(0, argument.length - pathIn(argument).length) + path;
}

/** A program that was named by a path within its folder, such as .venv/bin/python, is taken from where it was, or from here. */
export function programIn(folder: string, program: string, cwdThen: string | undefined): string {
  if (!/[\\/]/.test(program) || isAbsolute(program) || existsSync(resolve(folder, program))) return program;
  const places = [process.cwd(), ...(cwdThen ? [cwdThen] : [])].map((place) => resolve(place, program));
  const found = places.find((place) => existsSync(place));
  if (found !== undefined) return found;
  const message = `found no program ${program} in the work tree, here or where the run was started`;
  throw new RanksweepError(
    'NOT_FOUND',
    `${basename(program)} is missing: ${message}; --install makes what a lock file describes.`,
    [{ field: 'command[0]', message }],
  );
}
