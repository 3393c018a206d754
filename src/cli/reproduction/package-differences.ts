import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ApiClient } from '../../api-client/api-client.js';
import { downloadFile } from '../../api-client/artifact-transfer.js';
import { RanksweepError } from '../../core/errors.js';
import { packagesName } from '../../worker/command-environment.js';
import type { KeptContent } from '../../worker/kept-content.js';
import type { Provenance } from '../../worker/provenance.js';
import { CACHE_FOLDER } from './cache.js';
import type { Difference } from './differences.js';

/** More than these say no more than that it is another environment. */
const NAMED = 20;

/**
 * Names the packages that differ, where the run kept its list: their hashes alone say only that they do. A list that cannot be had leaves the
 * difference as it was.
 */
export async function withNamedPackages(
  differences: Difference[],
  client: ApiClient,
  { packages = [] }: Partial<Provenance>,
  here: readonly KeptContent[],
): Promise<Difference[]> {
  const at = differences.findIndex(({ what }) => what === 'packages');
  if (at < 0) return differences;
  const lists = await Promise.all(
    packages.map(async ({ manager, sha256 }) => {
      const then = await listOf(client, sha256);
      const now = await textOf(here.find(({ name }) => name === packagesName(manager)));
      return then === null || now === null ? null : apart(then, linesOf(now));
    }),
  );
  const known = lists.filter((list) => list !== null);
  if (known.length === 0) return differences;
  const named = {
    original: shortened(known.flatMap(({ gone }) => gone)),
    here: shortened(known.flatMap(({ come }) => come)),
  };
  return differences.with(at, { ...differences[at]!, ...named });
}

async function listOf(client: ApiClient, sha256: string): Promise<string[] | null> {
  const path = join(CACHE_FOLDER, `${sha256}.packages.txt`);
  try {
    await downloadFile(client, sha256, path);
    return linesOf(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof RanksweepError) return null;
    throw error;
  }
}

async function textOf(content: KeptContent | undefined): Promise<string | null> {
  if (content === undefined || typeof content.source === 'string') return null;
  return Buffer.from(await content.source()).toString('utf8');
}

const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');

function apart(then: string[], now: string[]): { gone: string[]; come: string[] } {
  const [inThen, inNow] = [new Set(then), new Set(now)];
  return { gone: then.filter((line) => !inNow.has(line)), come: now.filter((line) => !inThen.has(line)) };
}

function shortened(lines: string[]): string {
  const more = lines.length > NAMED ? `, and ${lines.length - NAMED} more` : '';
  return lines.length === 0 ? 'none of these' : `${lines.slice(0, NAMED).join(', ')}${more}`;
}
