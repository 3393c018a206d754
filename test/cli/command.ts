import { spawn } from 'node:child_process';
import { COMMAND_LINE } from '../worker/server.js';

export interface Printed {
  code: number | null;
  out: string;
  err: string;
}

/** Runs the built command line in a folder, against a server, to its end. */
export function runCommandLine(
  args: string[],
  { cwd, url, env = {} }: { cwd: string; url: string; env?: Record<string, string> },
): Promise<Printed> {
  const child = spawn(process.execPath, [COMMAND_LINE, ...args], {
    cwd,
    env: { ...process.env, RANKSWEEP_URL: url, ...env },
  });
  const printed: Printed = { code: null, out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed.err += text;
  });
  return new Promise((resolve) => child.on('close', (code) => resolve({ ...printed, code })));
}
