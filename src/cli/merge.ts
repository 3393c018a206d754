import { type Command, Option } from 'commander';
import { countScales, scalesText } from '../core/adapter-scales.js';
import type { MergedModel } from '../worker/merge-model.js';
import { printJson, runCommand, withJson } from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';
import { factor } from './score.js';

interface MergeOptions {
  model: string;
  adapter: string;
  scale: number;
  output: string;
  dtype: MergeType;
  json?: boolean;
}

const TYPES = { f32: 'F32', f16: 'F16', bf16: 'BF16' } as const;
export type MergeType = keyof typeof TYPES;

export function addMerge(program: Command): void {
  const command = program
    .command('merge')
    .description('write a model with an adapter in its weights, as a Hugging Face folder')
    .requiredOption('--model <path>', 'folder of a Hugging Face checkpoint, or a GGUF file')
    .requiredOption('--adapter <folder>', 'folder of a PEFT adapter')
    .option('--scale <factor>', "multiplies the adapter's own scale", factor, 1)
    .requiredOption('--output <folder>', 'a new folder')
    .addOption(mergeType());
  withJson(command).action((options: MergeOptions) => runCommand(options, () => merge(options)));
}

export const mergeType = () =>
  new Option('--dtype <type>', 'of the merged weights').choices(Object.keys(TYPES)).default('f32');

async function merge(options: MergeOptions): Promise<ExitCode> {
  const merged = await mergeHere(options);
  for (const warning of merged.warnings) process.stderr.write(`${warning}\n`);
  if (options.json) printJson(merged);
  else process.stdout.write(`${mergeReport(merged)}\n`);
  return EXIT.ok;
}

/** Loads what reads models only when it is asked for. */
export async function mergeHere({ dtype, ...rest }: Omit<MergeOptions, 'json'>): Promise<MergedModel> {
  const { mergeModel } = await import('../worker/merge-model.js');
  return mergeModel({ ...rest, dtype: TYPES[dtype] });
}

export function mergeReport({
  output,
  architecture,
  parameters,
  dtype,
  scales,
  saved,
  files,
}: MergedModel): string {
  return [
    output,
    `  ${architecture}, ${parameters} parameters in ${dtype}`,
    `  ${scalesText(countScales(new Map(Object.entries(scales))))}`,
    ...(saved.length > 0 ? [`  ${saved.length} tensors replaced: ${saved.join(', ')}`] : []),
    `  ${files.join(', ')}`,
  ].join('\n');
}
