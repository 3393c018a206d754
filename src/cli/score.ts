import { existsSync } from 'node:fs';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { RanksweepError } from '../core/errors.js';
import { BACKENDS, type Backend, QUANTIZATIONS, type RunConfig } from '../core/run-config.js';
import type { AdapterScores, FileScores } from '../worker/score-file.js';
import { printJson, runCommand, withJson } from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';

interface ScoreOptions {
  model: string;
  adapter: string[];
  scale: number;
  tokens: string;
  quantization: RunConfig['quantization'];
  backend: Backend;
  json?: boolean;
}

export function addScore(program: Command): void {
  const command = program
    .command('score')
    .description('log-probability of each next token, to compare a model or adapter with another program')
    .requiredOption('--model <path>', 'folder of a Hugging Face checkpoint, or a GGUF file')
    .option(
      '--adapter <folder>',
      'folder of a PEFT adapter; NAME=FOLDER, several times, to score several on one base',
      collect,
      [],
    )
    .option('--scale <factor>', "multiplies the adapter's own scale; 0 is the base", factor, 1)
    .requiredOption('--tokens <file>', 'JSON: an array of token ids, or an array of such arrays')
    .addOption(
      new Option('--quantization <kind>', "how the base's linear layers are kept")
        .choices(QUANTIZATIONS)
        .default('none'),
    )
    .addOption(new Option('--backend <name>', 'what computes').choices(BACKENDS).default('auto'));
  withJson(command).action((options: ScoreOptions) => runCommand(options, () => score(options)));
}

const collect = (value: string, before: string[]) => [...before, value];

/** Of an adapter: a number from 0. */
export function factor(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('expected a number from 0');
}

async function score(options: ScoreOptions): Promise<ExitCode> {
  // TensorFlow is loaded by this command only.
  const { scoreFile } = await import('../worker/score-file.js');
  const { model, scale, tokens, quantization, backend } = options;
  const named = namedAdapters(options.adapter);
  const adapters = named ? [...named.values()] : [options.adapter[0] ?? null];
  const { scored, ...facts } = await scoreFile(tokens, { model, adapters, scale, quantization, backend });
  const names = named ? [...named.keys()] : [null];
  if (!options.json) process.stdout.write(`${textOf(facts, names, scored, quantization).join('\n')}\n`);
  else if (named) printJson({ model, scale, quantization, ...facts, adapters: byName(named, scored) });
  else printJson({ model, adapter: adapters[0]!, scale, quantization, ...facts, ...scored[0]! });
  return EXIT.ok;
}

/** NAME=FOLDER of each; null for one adapter without a name, or none. */
function namedAdapters(given: string[]): Map<string, string> | null {
  const parts = given.map((text) => /^([\w.-]+)=(.+)$/.exec(text));
  if (given.length < 2 && (!parts[0] || existsSync(given[0]!))) return null;
  const wrong = given.find((_, i) => !parts[i]);
  if (wrong !== undefined) throw invalid(`found "${wrong}" among several, expected NAME=FOLDER`);
  const named = new Map(parts.map((match) => [match![1]!, match![2]!]));
  if (named.size < given.length) throw invalid('found a name twice, expected different names');
  return named;
}

const invalid = (message: string) =>
  new RanksweepError('INVALID_INPUT', `--adapter: ${message}`, [{ field: '--adapter', message }]);

function byName(named: Map<string, string>, scored: AdapterScores[]) {
  return Object.fromEntries([...named].map(([name, adapter], i) => [name, { adapter, ...scored[i]! }]));
}

function textOf(
  { architecture, parameters, backend }: Omit<FileScores, 'scored'>,
  names: (string | null)[],
  scored: AdapterScores[],
  quantization: RunConfig['quantization'],
): string[] {
  const base = quantization === 'none' ? '' : `, linear layers as ${quantization} codes`;
  return [
    `${architecture}, ${parameters} parameters, on ${backend}${base}`,
    ...scored.flatMap((scores, i) => [
      ...(names[i] ? [`adapter ${names[i]}`] : []),
      ...otherBase(scores, quantization),
      ...linesOf(scores),
    ]),
  ];
}

/** An adapter makes up for the errors of the codes that it was trained on. */
function otherBase({ trainedOn }: AdapterScores, quantization: RunConfig['quantization']): string[] {
  if (trainedOn === null || trainedOn === quantization) return [];
  return [`  trained on a base with quantization ${trainedOn}, scored on one with ${quantization}`];
}

function linesOf({ scales, logProbabilities }: AdapterScores): string[] {
  const isNested = Array.isArray(logProbabilities[0]);
  const sequences = (isNested ? logProbabilities : [logProbabilities]) as number[][];
  return [
    ...Object.entries(scales).map(([module, scale]) => `  ${module}  scale ${scale}`),
    ...sequences.map((values, i) => `sequence ${i}: ${summary(values)}`),
  ];
}

function summary(values: number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return `${values.length} next tokens, mean log-probability ${mean}, perplexity ${Math.exp(-mean)}\n  ${values.join(' ')}`;
}
