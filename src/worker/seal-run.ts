import { basename, extname, join } from 'node:path';
import { byteText } from '../core/byte-count.js';
import {
  MANIFEST_NAME,
  type Manifest,
  type ManifestModel,
  manifestOf,
  sealManifest,
} from '../core/manifest.js';
import { checkpointFiles } from '../training/checkpoint.js';
import type { RunInputs } from '../training/run-inputs.js';
import { readCommandFiles } from './command-files.js';
import { type KeptContent, keptBytes, keptFile } from './kept-content.js';
import type { Origin, OriginState } from './provenance.js';

export interface SealedRun {
  /** the manifest as a file of the run */
  seal: KeptContent;
  /** all that is kept beside it: data, model, code */
  contents: KeptContent[];
  /** a sentence for each input that is too large to be kept */
  tooLarge: string[];
}

interface Sealing {
  runId: string;
  config: unknown;
  seed: number | null;
  /** as it is executed; its record has no secrets */
  command: Origin['command'];
  inputs: RunInputs | null;
  origin: OriginState;
  cwd: string;
  /** data sets and models of more bytes are known by their hash only */
  keepBytes: number;
}

/** Writes down all that decides what the run computes. */
export async function sealRun(sealing: Sealing): Promise<SealedRun> {
  const { runId, config, seed, command, inputs, origin, cwd } = sealing;
  const model = inputs && (await describeModel(inputs.model));
  const named = command === null ? { files: [], contents: [] } : await readCommandFiles(command, cwd);
  const manifest = manifestOf({
    ...{ runId, config, seeds: seedsOf(seed, command), datasets: inputs?.datasets ?? [] },
    ...{ model: model?.record ?? null, files: named.files },
    provenance: JSON.parse(JSON.stringify(origin.provenance)) as Manifest['provenance'],
  });
  const data = await Promise.all((inputs?.datasets ?? []).map(keptDataset));
  const tooLarge: string[] = [];
  const groups: [string, KeptContent[]][] = [
    ...data.map((content): [string, KeptContent[]] => [content.name, [content]]),
    ['the base model', model?.contents ?? []],
    ...named.contents.map((content): [string, KeptContent[]] => [content.name, [content]]),
  ];
  const kept = groups.flatMap(([what, group]) => within(sealing.keepBytes, what, group, tooLarge));
  const seal = keptBytes(MANIFEST_NAME, Buffer.from(sealManifest(manifest).text));
  return { seal, contents: [...kept, ...origin.contents], tooLarge };
}

/** The streams of core/random.ts that the trainer draws from, by what they decide. */
function seedsOf(seed: number | null, command: Origin['command']): Manifest['seeds'] {
  if (seed === null) return {};
  if (command !== null) return { command: { seed, stream: 'RANKSWEEP_SEED' } };
  return {
    adapterStart: { seed, stream: 'lora/MODULE' },
    dataOrder: { seed, stream: 'order/EPOCH' },
    dropout: { seed, stream: 'dropout/STEP/MODULE' },
    sampling: { seed, stream: 'examples/train' },
    evaluationSampling: { seed: 0, stream: 'examples/fixed' },
  };
}

async function describeModel({ path, hash, parameters }: RunInputs['model']) {
  const names = await checkpointFiles(path);
  const contents = await Promise.all(
    names.map((name) => keptFile(`model/${name || basename(path)}`, name === '' ? path : join(path, name))),
  );
  const files = contents.map(({ name, sha256, bytes }) => ({
    path: name.slice('model/'.length),
    sha256,
    bytes,
  }));
  const tokenizer = files.find((file) => file.path === 'tokenizer.json')?.sha256 ?? null;
  const record: ManifestModel = { path, hash, tokenizer, parameters, files };
  return { record, contents };
}

function keptDataset({ use, path, contentHash: sha256, bytes }: RunInputs['datasets'][number]): KeptContent {
  return { name: `datasets/${use}${extname(path)}`, sha256, bytes, source: path };
}

function within(most: number, what: string, group: KeptContent[], tooLarge: string[]): KeptContent[] {
  const bytes = group.reduce((sum, content) => sum + content.bytes, 0);
  if (bytes <= most) return group;
  tooLarge.push(`${what} is not kept, only its hash: ${byteText(bytes)}, more than ${byteText(most)}`);
  return [];
}
