import { spawn } from 'node:child_process';
import { RanksweepError } from '../core/errors.js';
import { metricFromJson } from '../core/metric-value.js';
import type { ScoreCommand } from '../training/score-columns.js';

const MOST_OUTPUT = 64 * 2 ** 20;
const ERROR_LINES = 5;

/**
 * Runs a score's command in the working directory. It reads {"key", "answer", "references", "record"}, one item a line of JSON, and prints
 * one line for each: a number (or true and false), or {"value": number}.
 * @throws RanksweepError INVALID_INPUT if it fails, or prints something else
 */
export const runScoreCommand: ScoreCommand = async (command, items) => {
  const input = items.map((item) => `${JSON.stringify(item)}\n`).join('');
  const lines = (await outputOf(command, input)).split('\n').filter((line) => line.trim() !== '');
  const values = lines.map(numberOf);
  const bad = values.indexOf(null);
  if (bad >= 0) throw failure(command, `line ${bad + 1} is ${lines[bad]!.slice(0, 80)}, expected a number`);
  if (values.length === items.length) return values as number[];
  throw failure(command, `it printed ${values.length} lines, expected one for each of ${items.length} items`);
};

function numberOf(line: string): number | null {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch {
    return null;
  }
  if (typeof json === 'object' && json !== null && 'value' in json) json = json.value;
  return typeof json === 'boolean' ? Number(json) : (metricFromJson(json) ?? null);
}

function outputOf(command: string[], input: string): Promise<string> {
  const [program, ...args] = command as [string, ...string[]];
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let [output, errors] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.length > MOST_OUTPUT) child.kill('SIGKILL');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors = (errors + text).slice(-10_000);
    });
    // one that does not read its input is judged by what it prints
    child.stdin.on('error', () => {});
    child.on('error', (error) => reject(failure(command, `it cannot be started: ${error.message}`)));
    child.on('close', (code, signal) => {
      const last = errors.trimEnd().split('\n').slice(-ERROR_LINES).join('\n');
      if (code === 0) resolve(output);
      else reject(failure(command, `it ended with ${signal ?? `exit code ${code}`}: ${last}`));
    });
    child.stdin.end(input);
  });
}

function failure(command: string[], why: string): RanksweepError {
  const message = `the score command ${command.join(' ')}: ${why}`;
  return new RanksweepError('INVALID_INPUT', message, [
    { field: 'evaluations.scores.command', message: why },
  ]);
}
