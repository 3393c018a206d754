import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { platform } from 'node:os';
import { promisify } from 'node:util';

/** One process, as it is now. */
export interface ProcessUse {
  pid: number;
  parent: number;
  /** since it began, user and system together */
  cpuMs: number;
  /** resident; pages that processes share count in each */
  memoryBytes: number;
}

/** Linux counts CPU time in ticks of a hundredth of a second, on every machine that Node runs on. */
const TICK_MS = 10;
const run = promisify(execFile);

/** A process and all that descend from it; empty once it has ended, or where nobody can be asked. */
export async function processTree(root: number): Promise<ProcessUse[]> {
  const all = platform() === 'linux' ? await readProc() : await readPs();
  const tree = descendants(all, root);
  return platform() === 'linux' ? Promise.all(tree.map(withMemory)) : tree;
}

export function descendants(all: ProcessUse[], root: number): ProcessUse[] {
  const members = new Set([root]);
  for (let size = 0; size !== members.size; ) {
    size = members.size;
    for (const { pid, parent } of all) if (members.has(parent)) members.add(pid);
  }
  return all.filter(({ pid }) => members.has(pid));
}

async function readProc(): Promise<ProcessUse[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const read = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')));
  return read.flatMap(parseStat);
}

/** proc(5): `pid (name) state ppid …`, utime and stime are fields 14 and 15; a name may hold spaces and brackets. */
export function parseStat(text: string): ProcessUse[] {
  const end = text.lastIndexOf(')');
  if (end < 0) return [];
  const fields = text.slice(end + 2).split(' ');
  const cpuMs = (Number(fields[11]) + Number(fields[12])) * TICK_MS;
  return [{ pid: Number.parseInt(text, 10), parent: Number(fields[1]), cpuMs, memoryBytes: 0 }];
}

async function withMemory(process: ProcessUse): Promise<ProcessUse> {
  const status = await readFile(`/proc/${process.pid}/status`, 'utf8').catch(() => '');
  return { ...process, memoryBytes: Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024 };
}

async function readPs(): Promise<ProcessUse[]> {
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,time=,rss='], { timeout: 5000 }).catch(() => ({
    stdout: '',
  }));
  return parsePs(stdout);
}

/** Lines of `pid ppid [[dd-]hh:]mm:ss[.ff] rss`, rss in kB: what POSIX's ps prints. */
export function parsePs(text: string): ProcessUse[] {
  return text.split('\n').flatMap((line) => {
    const [, pid, parent, days, clock, kilobytes] =
      /^\s*(\d+)\s+(\d+)\s+(?:(\d+)-)?([\d:.]+)\s+(\d+)\s*$/.exec(line) ?? [];
    if (clock === undefined) return [];
    const seconds =
      clock.split(':').reduce((sum, part) => 60 * sum + Number(part), 0) + 86_400 * Number(days ?? 0);
    const memoryBytes = Number(kilobytes) * 1024;
    return [{ pid: Number(pid), parent: Number(parent), cpuMs: 1000 * seconds, memoryBytes }];
  });
}
