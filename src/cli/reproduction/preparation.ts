import type { ApiClient } from '../../api-client/api-client.js';
import type { Provenance } from '../../worker/provenance.js';
import { commandIn, commandOf, programIn } from './command-plan.js';
import { refuseMissing } from './input-plan.js';
import { installIn } from './install.js';
import { fetchInputs, locatedConfig } from './locate-inputs.js';
import type { Original } from './original.js';
import type { Preflight, PreflightOptions } from './preflight.js';
import { makeWorkTree, type WorkTree } from './work-tree.js';

/** All that a past run needs to be executed here. */
export interface Preparation {
  /** the recorded config, with the paths where its inputs are now */
  located: unknown;
  /** null: the built-in trainer */
  command: string[] | null;
  /** where the command is executed */
  cwd: string;
  /** the backend that it had; null: it was no trainer's, or its record does not say */
  backend: string | null;
  /** removes what was made for this run alone */
  cleanUp(): Promise<void>;
}

/**
 * Fetches what the preflight found to be fetched, makes the work tree, installs if that is asked for.
 * @throws RanksweepError naming each input that is nowhere, or a command that cannot be repeated
 */
export async function prepareReproduction(
  client: ApiClient,
  original: Original,
  { inputs, code }: Preflight,
  { install = false }: PreflightOptions,
  say: (line: string) => void,
): Promise<Preparation> {
  const provenance = original.run.provenance as Partial<Provenance>;
  const recorded = commandOf(provenance);
  refuseMissing(inputs);
  await fetchInputs(client, inputs);
  const tree = code?.kind === 'work tree' ? await makeWorkTree(client, code, original.run.id) : null;
  const cwd = tree?.cwd ?? process.cwd();
  const cleanUp = async () => tree?.remove();
  try {
    const command = recorded && (await readyCommand(recorded));
    const located = locatedConfig(original.run.config, inputs);
    return { located, command, cwd, backend: provenance.backend?.name ?? null, cleanUp };
  } catch (error) {
    await cleanUp();
    throw error;
  }

  async function readyCommand(items: string[]): Promise<string[]> {
    const files = original.manifest?.files ?? [];
    const placed = await commandIn(cwd, items, files, inputs, isOwn(tree));
    if (install) return installIn(cwd, placed, say);
    return [programIn(cwd, placed[0]!, provenance.cwd), ...placed.slice(1)];
  }
}

const isOwn = (tree: WorkTree | null) => tree !== null;
