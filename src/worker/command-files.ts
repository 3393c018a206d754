import { open, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import type { ManifestFile } from '../core/manifest.js';
import { type KeptContent, knownHash } from './kept-content.js';

export const commandFileName = (argument: number, path: string) => `files/${argument}/${basename(path)}`;

/** The path in an argument: all of it, or what follows the first "=". */
export function pathIn(argument: string): string {
  return argument.startsWith('-') && argument.includes('=')
    ? argument.slice(argument.indexOf('=') + 1)
    : argument;
}

/** A program of the machine, such as .venv/bin/python, is recorded as the interpreter: a copy of it would run nowhere else. */
async function isScript(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return bytesRead === 2 && buffer.toString('latin1') === '#!';
  } finally {
    await file.close();
  }
}

/** Files that a command names among its arguments, its program too if that is a script named by a path: scripts, data, configs. */
export async function readCommandFiles(
  command: readonly string[],
  cwd: string,
): Promise<{ files: ManifestFile[]; contents: KeptContent[] }> {
  const files: ManifestFile[] = [];
  const contents: KeptContent[] = [];
  for (const [argument, text] of command.entries()) {
    const path = pathIn(text);
    const isProgram = argument === 0;
    if (path === '' || (isProgram && !/[\\/]/.test(path)) || (isProgram && path.startsWith('/'))) continue;
    const place = resolve(cwd, path);
    if (!(await stat(place).catch(() => null))?.isFile()) continue;
    if (isProgram && !(await isScript(place))) continue;
    const { sha256, bytes } = await knownHash(place);
    files.push({ argument, path, sha256, bytes });
    contents.push({ name: commandFileName(argument, path), sha256, bytes, source: place });
  }
  return { files, contents };
}
