import { cpus, freemem, totalmem } from 'node:os';
import { RanksweepError } from '../core/errors.js';
import { SYSTEM } from '../core/measured-metric.js';
import { type GpuUse, readGpuUse } from './gpu-use.js';
import type { LoggedPoint } from './metric-buffer.js';
import { type ProcessUse, processTree } from './process-tree.js';

/** How often a worker looks at the machine, in seconds; 0: never. */
export const INTERVAL_VARIABLE = 'RANKSWEEP_SYSTEM_METRICS_SECONDS';
const DEFAULT_SECONDS = 10;

/** What there is to see at one moment. */
export interface Sample {
  /** ms since the epoch */
  time: number;
  processes: ProcessUse[];
  host: { busyMs: number; totalMs: number; memoryPercent: number };
  gpus: GpuUse[];
}

/** @throws RanksweepError INVALID_INPUT */
export function systemIntervalMs(environment: Record<string, string | undefined> = process.env): number {
  const text = environment[INTERVAL_VARIABLE];
  const seconds = text ? Number(text) : DEFAULT_SECONDS;
  if (seconds >= 0 && Number.isFinite(seconds)) return 1000 * seconds;
  const message = `found ${JSON.stringify(text)}, expected seconds, or 0 for none`;
  throw new RanksweepError('INVALID_INPUT', `${INTERVAL_VARIABLE}: ${message}`, [
    { field: INTERVAL_VARIABLE, message },
  ]);
}

/**
 * Samples what a run's processes and the machine do, as metrics under `system/` whose steps are the seconds since it began to look. Looking
 * costs the run nothing but a few milliseconds of the worker's time.
 */
export class SystemMonitor {
  private timer: NodeJS.Timeout | null = null;
  private before: Sample | null = null;
  private hasGpus = true;
  private startedAt = 0;

  constructor(
    private readonly rootPid: number,
    private readonly onPoints: (points: LoggedPoint[]) => void,
    /** seconds that were sampled before: of a run that goes on */
    private readonly fromStep = 0,
    private readonly intervalMs = systemIntervalMs(),
  ) {}

  start(): void {
    if (this.intervalMs === 0) return;
    this.startedAt = Date.now() - 1000 * this.fromStep;
    const look = () => this.look().finally(() => this.timer?.refresh());
    this.timer = setTimeout(look, this.intervalMs);
    this.timer.unref();
    this.look();
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }

  private async look(): Promise<void> {
    const sample = await this.sample();
    const points = this.before === null ? [] : pointsOf(this.before, sample, this.startedAt);
    this.before = sample;
    if (this.timer !== null && points.length > 0) this.onPoints(points);
  }

  private async sample(): Promise<Sample> {
    const [processes, gpus] = await Promise.all([processTree(this.rootPid), this.gpus()]);
    return { time: Date.now(), processes, host: readHost(), gpus };
  }

  /** Asked again and again only where there are some. */
  private async gpus(): Promise<GpuUse[]> {
    const gpus = this.hasGpus ? await readGpuUse() : null;
    this.hasGpus = gpus !== null;
    return gpus ?? [];
  }
}

/** The metrics of one sample; percentages of time are over the time since the one before. Empty if the processes have ended. */
export function pointsOf(before: Sample, now: Sample, startedAt: number): LoggedPoint[] {
  if (now.processes.length === 0) return [];
  const values: [string, number | null][] = [
    ['cpu_percent', (100 * cpuMsBetween(before, now)) / (now.time - before.time)],
    ['memory_bytes', now.processes.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0)],
    [
      'host_cpu_percent',
      percent(now.host.busyMs - before.host.busyMs, now.host.totalMs - before.host.totalMs),
    ],
    ['host_memory_percent', now.host.memoryPercent],
    ...now.gpus.flatMap(gpuValues),
  ];
  const step = Math.round((now.time - startedAt) / 1000);
  return values.flatMap(([name, value]) =>
    value === null || Number.isNaN(value) ? [] : [{ metric: SYSTEM + name, step, value, time: now.time }],
  );
}

function gpuValues(gpu: GpuUse): [string, number | null][] {
  const of = `gpu${gpu.index}`;
  return [
    [`${of}/utilization_percent`, gpu.utilizationPercent],
    [`${of}/memory_bytes`, gpu.memoryBytes],
    [`${of}/power_watts`, gpu.powerWatts],
    [`${of}/temperature_celsius`, gpu.temperatureCelsius],
  ];
}

/** 100 % is one core. A process that began since counts in whole; the last of one that ended is missed. */
function cpuMsBetween(before: Sample, now: Sample): number {
  const known = new Map(before.processes.map(({ pid, cpuMs }) => [pid, cpuMs]));
  return now.processes.reduce((sum, { pid, cpuMs }) => sum + Math.max(0, cpuMs - (known.get(pid) ?? 0)), 0);
}

function readHost(): Sample['host'] {
  const times = cpus().map((cpu) => cpu.times);
  const totalMs = times.reduce(
    (sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq,
    0,
  );
  const idleMs = times.reduce((sum, { idle }) => sum + idle, 0);
  return { busyMs: totalMs - idleMs, totalMs, memoryPercent: percent(totalmem() - freemem(), totalmem())! };
}

function percent(part: number, whole: number): number | null {
  return whole > 0 ? (100 * part) / whole : null;
}
