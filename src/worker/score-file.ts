import { readFile } from 'node:fs/promises';
import { RanksweepError } from '../core/errors.js';
import { whyUnreadable } from '../core/unreadable.js';
import {
  type ScoredModel,
  type ScoreSettings,
  scoreTokens,
  type TokenScores,
} from '../training/score-tokens.js';

export interface FileScores extends Omit<ScoredModel, 'scored'> {
  /** in the order of the settings' adapters */
  scored: AdapterScores[];
}

export interface AdapterScores extends Omit<TokenScores, 'logProbabilities'> {
  /** nested as the file is: numbers for one array of ids, arrays for an array of arrays */
  logProbabilities: number[] | number[][];
}

/**
 * Scores the token ids of a JSON file: one array of numbers, or an array of such arrays.
 * @throws RanksweepError NOT_FOUND or INVALID_INPUT
 */
export async function scoreFile(
  file: string,
  settings: Omit<ScoreSettings, 'sequences'>,
): Promise<FileScores> {
  const content = await readIds(file);
  const isNested = content.length > 0 && Array.isArray(content[0]);
  const sequences = isNested ? (content as number[][]) : [content as number[]];
  checkShape(file, sequences);
  const { scored, ...rest } = await scoreTokens({ ...settings, sequences });
  const nested = (values: number[][]) => (isNested ? values : values[0]!);
  return {
    ...rest,
    scored: scored.map(({ logProbabilities, ...own }) => ({
      ...own,
      logProbabilities: nested(logProbabilities),
    })),
  };
}

async function readIds(file: string): Promise<unknown[]> {
  const text = await readFile(file, 'utf8').catch((cause) => {
    throw new RanksweepError('NOT_FOUND', `${file} cannot be read: ${whyUnreadable(cause)}`);
  });
  try {
    const content = JSON.parse(text);
    if (Array.isArray(content)) return content;
  } catch (cause) {
    throw invalid(`${file} is not JSON: ${(cause as Error).message}`);
  }
  throw invalid(`${file}: expected an array of token ids, or an array of such arrays`);
}

function checkShape(file: string, sequences: unknown[]): void {
  for (const [i, ids] of sequences.entries()) {
    const isIds = Array.isArray(ids) && ids.length > 0 && ids.every((id) => typeof id === 'number');
    if (!isIds)
      throw invalid(`${file}: expected token ids in array ${i}, found ${JSON.stringify(ids)?.slice(0, 80)}`);
  }
}

const invalid = (message: string) =>
  new RanksweepError('INVALID_INPUT', message, [{ field: 'tokens', message }]);
