import { type Command, InvalidArgumentError } from 'commander';
import { type SplitReport, splitData } from '../../data/quality/split-data.js';
import { printJson, runCommand, withJson } from '../command-line.js';
import { EXIT } from '../failure.js';

interface SplitCommand {
  output: string;
  train: number;
  validation: number;
  test: number;
  groupBy?: string;
  salt: string;
  json?: boolean;
}

/** `ranksweep data split`: parts that do not leak, and stay what they are when data is added. */
export function addSplit(data: Command): void {
  withJson(data.command('split'))
    .description('split a file by the content of its records: no part moves when others come, none leaks')
    .argument('<file>', 'the file to split; it stays as it is')
    .requiredOption('-o, --output <folder>', 'a new folder for train.jsonl, validation.jsonl and test.jsonl')
    .option('--train <share>', 'of the records, 0 to 1', share, 0.8)
    .option('--validation <share>', 'likewise', share, 0.1)
    .option('--test <share>', 'likewise', share, 0.1)
    .option('--group-by <field>', 'records with the same value stay together')
    .option('--salt <text>', 'another text makes another split', '')
    .action((file: string, { output, groupBy, salt, json, ...fractions }: SplitCommand) =>
      runCommand({ json }, async () => {
        const report = await splitData(file, output, { fractions, groupBy: groupBy ?? null, salt });
        if (json) printJson(report);
        else process.stdout.write(splitText(report));
        return EXIT.ok;
      }),
    );
}

function splitText({ read, parts, leftOut }: SplitReport): string {
  const written = Object.entries(parts).map(
    ([part, { file, examples }]) => `  ${part.padEnd(12)}${String(examples).padStart(8)}  ${file}`,
  );
  const left = leftOut.map(({ line, reason }) => `  line ${line}: ${reason}`);
  const head = leftOut.length > 0 ? [`left out: ${leftOut.length}`] : [];
  return [`${read} records read`, ...written, ...head, ...left, ''].join('\n');
}

function share(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && value <= 1) return value;
  throw new InvalidArgumentError('expected a share from 0 to 1');
}
