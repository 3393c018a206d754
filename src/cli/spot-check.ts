import { spawn } from 'node:child_process';
import type { ApiClient } from '../api-client/api-client.js';
import { SpotCheckRunsDocument, TagSpotCheckDocument } from '../api-client/operations.generated.js';
import { RanksweepError } from '../core/errors.js';
import { parseDuration } from '../core/stop-rules.js';
import { EXIT } from './failure.js';

/** What each finished run is picked from: the latest ones. */
const AMONG = 500;
/** Marks runs that were repeated for a check, with the verdict. */
export const SPOT_CHECK_TAG = 'spotcheck';
const WORDS: Record<string, number> = { hourly: 3600, nightly: 86_400, weekly: 604_800 };

/** @returns seconds   @throws RanksweepError INVALID_INPUT */
export function spotCheckInterval(text: string): number {
  const seconds = WORDS[text] ?? parseDuration(text);
  if (seconds !== null) return seconds;
  const allowed = `${Object.keys(WORDS).join(', ')}, or a duration such as 90m or 12h`;
  throw new RanksweepError('INVALID_INPUT', `--spotcheck: found "${text}", allowed: ${allowed}`, [
    { field: 'spotcheck', message: `found "${text}", allowed: ${allowed}` },
  ]);
}

export interface SpotCheck {
  client: ApiClient;
  seconds: number;
  signal: AbortSignal;
  /** what became of it, as `reproduce` says it */
  onChecked(checked: Checked): void;
  now?: () => number;
  random?: () => number;
  reproduce?: typeof reproduceElsewhere;
}

export interface Checked {
  runId: string;
  /** null: it could not be repeated */
  reproductionId: string | null;
  verdict: string | null;
  /** whether it came out differently, or could not be repeated at all */
  isDrift: boolean;
  why: string;
}

/**
 * For a worker that has nothing to do: repeats one finished run, drawn at random, if no worker has checked one within the interval.
 * The repetition and its verdict are a run like any other, tagged `spotcheck`.
 * @returns whether one was made
 */
export function spotChecker(check: SpotCheck): () => Promise<boolean> {
  const { client, seconds, now = Date.now, random = Math.random } = check;
  let triedAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (now() - triedAt < seconds * 1000) return false;
    triedAt = now();
    const { last, candidates } = await client.request(SpotCheckRunsDocument, { first: AMONG });
    const latest = last.items[0];
    if (latest && now() - Date.parse(latest.startedAt) < seconds * 1000) {
      triedAt = Date.parse(latest.startedAt);
      return false;
    }
    // what other programs reported has no sealed manifest, and a repetition says nothing new
    const possible = candidates.items.filter((run) => run.manifestHash && !run.reproduces);
    const run = possible[Math.floor(random() * possible.length)];
    if (run === undefined) return false;
    const checked = await (check.reproduce ?? reproduceElsewhere)(client, run.id, check.signal);
    if (checked.reproductionId !== null) {
      const tags = [{ key: SPOT_CHECK_TAG, value: checked.verdict ?? 'failed' }];
      await client.request(TagSpotCheckDocument, { input: { runId: checked.reproductionId, tags } });
    }
    check.onChecked(checked);
    return true;
  };
}

/** In a process of its own, as a person would. What differs here is recorded with the run; whether it matters is what the verdict says. */
function reproduceElsewhere(client: ApiClient, runId: string, signal: AbortSignal): Promise<Checked> {
  const env = { ...process.env, RANKSWEEP_URL: client.url };
  const child = spawn(process.execPath, [process.argv[1]!, 'reproduce', runId, '--json', '--allow-drift'], {
    env,
    signal,
  });
  const printed = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed.err += text;
  });
  return new Promise((resolve) => {
    child.on('error', (error) => resolve(checkedOf(runId, null, error.message)));
    child.on('close', (code) => resolve(checkedOf(runId, jsonIn(printed.out), printed.err, code)));
  });
}

function jsonIn(text: string): Record<string, unknown> | null {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function checkedOf(
  runId: string,
  answer: Record<string, unknown> | null,
  errors: string,
  code: number | null = null,
): Checked {
  const verdict = typeof answer?.verdict === 'string' ? answer.verdict : null;
  const reproductionId = typeof answer?.reproductionId === 'string' ? answer.reproductionId : null;
  const why = verdict ?? (problemOf(answer) || errors.trim().split('\n').at(-1) || `exit code ${code}`);
  return { runId, reproductionId, verdict, isDrift: code !== EXIT.ok, why };
}

function problemOf(answer: Record<string, unknown> | null): string | undefined {
  return (answer?.error as { message?: string } | undefined)?.message;
}
