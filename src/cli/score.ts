import { type Command, InvalidArgumentError, Option } from 'commander';
import { BACKENDS, type Backend } from '../core/run-config.js';
import type { FileScores } from '../worker/score-file.js';
import { printJson, runCommand, withJson } from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';

interface ScoreOptions {
  model: string;
  adapter?: string;
  scale: number;
  tokens: string;
  backend: Backend;
  json?: boolean;
}

export function addScore(program: Command): void {
  const command = program
    .command('score')
    .description('log-probability of each next token, to compare a model or adapter with another program')
    .requiredOption('--model <path>', 'folder of a Hugging Face checkpoint, or a GGUF file')
    .option('--adapter <folder>', 'folder of a PEFT adapter')
    .option('--scale <factor>', "multiplies the adapter's own scale; 0 is the base", factor, 1)
    .requiredOption('--tokens <file>', 'JSON: an array of token ids, or an array of such arrays')
    .addOption(new Option('--backend <name>', 'what computes').choices(BACKENDS).default('auto'));
  withJson(command).action((options: ScoreOptions) => runCommand(options, () => score(options)));
}

function factor(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('expected a number from 0');
}

async function score(options: ScoreOptions): Promise<ExitCode> {
  // TensorFlow is loaded by this command only.
  const { scoreFile } = await import('../worker/score-file.js');
  const { model, adapter = null, scale, tokens, backend } = options;
  const scores = await scoreFile(tokens, { model, adapter, scale, backend });
  if (options.json) printJson({ model, adapter, scale, ...scores });
  else process.stdout.write(`${textOf(scores).join('\n')}\n`);
  return EXIT.ok;
}

function textOf({ architecture, parameters, backend, scales, logProbabilities }: FileScores): string[] {
  const sequences = (
    Array.isArray(logProbabilities[0]) ? logProbabilities : [logProbabilities]
  ) as number[][];
  return [
    `${architecture}, ${parameters} parameters, on ${backend}`,
    ...Object.entries(scales).map(([module, scale]) => `  ${module}  scale ${scale}`),
    ...sequences.map((values, i) => `sequence ${i}: ${summary(values)}`),
  ];
}

function summary(values: number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return `${values.length} next tokens, mean log-probability ${mean}, perplexity ${Math.exp(-mean)}\n  ${values.join(' ')}`;
}
