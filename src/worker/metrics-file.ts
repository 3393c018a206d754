import { open } from 'node:fs/promises';
import { metricFromJson } from '../core/metric-value.js';
import { LineSplitter } from './line-splitter.js';
import type { LoggedPoint } from './metric-buffer.js';

const LONGEST_NAME = 200;

/** Where a command writes its metrics: beside its output folder, whose files are stored with the run. */
export function metricsPath(outputFolder: string): string {
  return `${outputFolder}.metrics.jsonl`;
}

/** What a look at the file brought: points, and a sentence for each line that is none. */
export interface MetricsRead {
  points: LoggedPoint[];
  complaints: string[];
}

/**
 * Follows the JSON-lines file that a command appends {"metric","step","value"} to. Each `read` takes what was added since the last one; a
 * line without its line break is left for the next.
 */
export class MetricsFile {
  private offset = 0;
  private lineNumber = 0;
  private readonly lines = new LineSplitter();
  private readonly decoder = new TextDecoder();

  constructor(
    readonly path: string,
    private readonly now: () => number = Date.now,
  ) {}

  async read(): Promise<MetricsRead> {
    return this.parse(this.lines.push(this.decoder.decode(await this.newBytes(), { stream: true })));
  }

  /** The last look: also takes a last line that lacks its line break. */
  async readToEnd(): Promise<MetricsRead> {
    const { points, complaints } = await this.read();
    const last = this.parse(this.lines.end());
    return { points: [...points, ...last.points], complaints: [...complaints, ...last.complaints] };
  }

  private async newBytes(): Promise<Buffer> {
    const file = await open(this.path, 'a+');
    try {
      const { size } = await file.stat();
      const buffer = Buffer.alloc(Math.max(0, size - this.offset));
      const { bytesRead } = await file.read(buffer, 0, buffer.length, this.offset);
      this.offset += bytesRead;
      return buffer.subarray(0, bytesRead);
    } finally {
      await file.close();
    }
  }

  private parse(lines: string[]): MetricsRead {
    const read: MetricsRead = { points: [], complaints: [] };
    for (const line of lines) {
      this.lineNumber++;
      if (line.trim() === '') continue;
      const point = parsePoint(line, this.now());
      if (typeof point === 'string') read.complaints.push(`metrics line ${this.lineNumber}: ${point}`);
      else read.points.push(point);
    }
    return read;
  }
}

/** @returns the point, or what is wrong with the line. Python's json writes NaN and Infinity bare, so those are taken too. */
function parsePoint(line: string, now: number): LoggedPoint | string {
  let json: { metric?: unknown; step?: unknown; value?: unknown; time?: unknown };
  try {
    json = JSON.parse(line.replace(/:\s*(NaN|-?Infinity)\s*(?=[,}])/g, ':"$1"'));
  } catch {
    return `found ${excerpt(line)}, expected {"metric": "loss", "step": 1, "value": 0.5}`;
  }
  const { metric, step, time } = json ?? {};
  const value = metricFromJson(json?.value);
  if (typeof metric !== 'string' || metric === '' || metric.length > LONGEST_NAME)
    return `metric: found ${excerpt(metric)}, expected a name of at most ${LONGEST_NAME} characters`;
  if (typeof step !== 'number') return `step: found ${excerpt(step)}, expected a number`;
  if (value === undefined) return `value: found ${excerpt(json?.value)}, expected a number`;
  return { metric, step, value, time: typeof time === 'number' ? time : now };
}

function excerpt(value: unknown): string {
  return String(JSON.stringify(value) ?? 'nothing').slice(0, 100);
}
