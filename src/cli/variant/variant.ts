import { parse } from 'yaml';
import type { ApiClient } from '../../api-client/api-client.js';
import { RanksweepError } from '../../core/errors.js';
import type { RunConfig } from '../../core/run-config.js';
import { type InputsHere, inputsHere } from '../reproduction/inputs-here.js';
import { openOriginal } from '../reproduction/original.js';
import { withSettings } from '../run-here.js';
import type { RunRecord } from '../run-report.js';

/** What a person asks for: a past run with something else. */
export interface VariantWanted {
  /** a run's ID, or the beginning of it; with @ and a step, from its state after that step */
  from: string;
  set: string[];
  data?: string;
  warmStart?: boolean;
}

export interface Variant {
  original: RunRecord;
  here: InputsHere;
  /** as it is recorded */
  config: RunConfig;
  /** with the paths where its inputs are now */
  located: RunConfig;
  /** from whose state it goes on; null: from the beginning */
  step: number | null;
  isWarm: boolean;
  changes: Record<string, unknown>;
}

/** @throws RanksweepError INVALID_INPUT naming the option, before anything is begun */
export async function planVariant(client: ApiClient, wanted: VariantWanted): Promise<Variant> {
  const { id, step } = readFrom(wanted);
  const original = await openOriginal(client, id);
  const settings = [...wanted.set, ...(wanted.data === undefined ? [] : [`data.train=${wanted.data}`])];
  const isWarm = wanted.warmStart === true;
  if (settings.length === 0 && step === null && !isWarm) throw nothingSet(original.run.id);
  const here = await inputsHere(client, original, '--from');
  if (isWarm) refuseOddAdapters(here.recorded);
  const config = withSettings(here.recorded, settings);
  const located = withSettings(here.located, settings);
  const changes = Object.fromEntries(settings.map(readSetting));
  return { original: original.run, here, config, located, step, isWarm, changes };
}

/** `run_4k9x@60` */
function readFrom({ from, warmStart }: VariantWanted): { id: string; step: number | null } {
  const [id = '', text] = from.split('@');
  if (text === undefined) return { id, step: null };
  const step = Number(text);
  if (Number.isInteger(step) && step > 0 && !warmStart) return { id, step };
  const expected = warmStart ? 'a run without a step with --warm-start' : 'RUN or RUN@STEP, a step from 1';
  const message = `found ${JSON.stringify(from)}, expected ${expected}`;
  throw new RanksweepError('INVALID_INPUT', `--from: ${message}`, [{ field: '--from', message }]);
}

function readSetting(setting: string): [string, unknown] {
  const at = setting.indexOf('=');
  return [setting.slice(0, at), parse(setting.slice(at + 1))];
}

function nothingSet(id: string): RanksweepError {
  const message = `nothing is changed: \`ranksweep reproduce ${id}\` repeats the run; --set, --data, --warm-start or a step (${id}@60) make a variant`;
  return new RanksweepError('INVALID_INPUT', message, [{ field: '--from', message }]);
}

/** PiSSA's adapter fits a base that it changed itself, and saved modules lie in the file in the order of the base's format. */
function refuseOddAdapters({ method, lora }: RunConfig): void {
  const why =
    (method !== 'lora' && `method ${method} leaves no adapter`) ||
    (lora.initialization === 'pissa' && 'an adapter of pissa fits no other start') ||
    (lora.modulesToSave.length > 0 && 'an adapter with modulesToSave cannot be started from');
  if (!why) return;
  throw new RanksweepError('INVALID_INPUT', `--warm-start: ${why}`, [
    { field: '--warm-start', message: why },
  ]);
}
