import { type Command, Option } from 'commander';
import { printJson, runCommand, wholeNumber, withJson } from '../command-line.js';
import { EXIT } from '../failure.js';
import { NEGATIVE_FORMATS, type NegativeFormat, proposeNegatives } from './propose-negatives.js';

interface NegativesCommand {
  output: string;
  count: number;
  format: NegativeFormat;
  json?: boolean;
}

/** `ranksweep data negatives`: answers that look right and are not, by similarity of prompts. */
export function addNegatives(data: Command): void {
  withJson(data.command('negatives'))
    .description('propose hard negatives: the answers to the most similar prompts (BM25) that ask otherwise')
    .argument('<file>', 'records with prompts and answers; it stays as it is')
    .requiredOption('-o, --output <file>', 'the new file, JSONL')
    .option('--count <n>', 'at most so many for each record', wholeNumber(1, 50), 3)
    .addOption(
      new Option(
        '--format <format>',
        'triplet: anchor, positive, negative; preference: prompt, chosen, rejected',
      )
        .choices(NEGATIVE_FORMATS)
        .default('triplet'),
    )
    .action((file: string, { output, json, ...options }: NegativesCommand) =>
      runCommand({ json }, async () => {
        const report = await proposeNegatives(file, output, options);
        if (json) printJson(report);
        else
          process.stdout.write(
            `${report.pairs} hard negatives for ${report.records - report.without} of ${report.records} records written to ${output}\n`,
          );
        return EXIT.ok;
      }),
    );
}
