import { execFile } from 'node:child_process';

/** What a hook or a pager would do is not wanted here; nor is a lock that a person's own git would wait for. */
const QUIET = ['--no-optional-locks', '--no-pager', '-c', 'core.hooksPath=/dev/null'];
const LONGEST_MS = 120_000;

/** Runs git in a folder. @throws Error with what git said, if it ends with another code than 0 */
export function gitBytes(folder: string, args: string[], input?: string | Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { cwd: folder, maxBuffer: 1 << 29, timeout: LONGEST_MS, encoding: 'buffer' as const };
    const child = execFile('git', [...QUIET, ...args], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const said = stderr.toString().trim();
      reject(new Error(`git ${args[0]}: ${said === '' ? error.message : said}`));
    });
    child.stdin?.on('error', () => {});
    child.stdin?.end(input ?? '');
  });
}

export async function gitText(folder: string, args: string[], input?: string): Promise<string> {
  return (await gitBytes(folder, args, input)).toString('utf8').trim();
}
