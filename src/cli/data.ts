import { type Command, InvalidArgumentError } from 'commander';
import { checkData } from '../data/quality/check-data.js';
import { cleanData } from '../data/quality/clean-data.js';
import type { QualityReport } from '../data/quality/finding.js';
import { printJson, runCommand, wholeNumber, withJson } from './command-line.js';
import { checkedFiles } from './data/checked-files.js';
import { addNegatives } from './data/negatives.js';
import { cleanReportText, qualityReportText } from './data/quality-report-text.js';
import { addSplit } from './data/split.js';
import { EXIT, type ExitCode } from './failure.js';

interface CheckCommand {
  eval?: string[];
  evaluation?: string[];
  maxLength?: number;
  strict?: boolean;
  json?: boolean;
}

interface CleanCommand {
  output: string;
  near?: boolean;
  contradictions: 'list' | 'drop';
  json?: boolean;
}

/** `ranksweep data …`: faults of example files, found and mended before training. */
export function addData(program: Command): void {
  const data = program.command('data').description('find and mend faults in files of examples');
  addCheck(data);
  addClean(data);
  addSplit(data);
  addNegatives(data);
}

function addCheck(data: Command): void {
  withJson(data.command('check'))
    .description(
      'schema, duplicates, contradictions, leakage, empty and cut answers, imbalance, personal data, secrets',
    )
    .argument('<file...>', 'training files; of several, those named valid, eval, test or dev are evaluation')
    .option('--eval <file...>', 'evaluation files, which training may not contain')
    .option('--evaluation <file...>', 'the same')
    .option('--max-length <characters>', 'report longer examples as truncated', wholeNumber(1, 1e9))
    .option('--strict', 'exit with 1 for any finding, not only for leakage and schema')
    .action((files: string[], options: CheckCommand) =>
      runCommand(options, async () => {
        const evaluation = [...(options.eval ?? []), ...(options.evaluation ?? [])];
        const report = await checkData(checkedFiles(files, evaluation), { maxLength: options.maxLength });
        if (options.json) printJson(report);
        else process.stdout.write(qualityReportText(report));
        return exitCodeFor(report, options.strict === true);
      }),
    );
}

function addClean(data: Command): void {
  withJson(data.command('clean'))
    .description('write a file without exact duplicates and broken or empty records, and say what changed')
    .argument('<file>', 'the file to clean; it stays as it is')
    .requiredOption('-o, --output <file>', 'the new file, JSONL')
    .option('--near', 'drop near duplicates, too: the first of each group stays')
    .option(
      '--contradictions <list|drop>',
      'what to do with one prompt and different answers',
      choice,
      'list',
    )
    .action((file: string, { output, near = false, contradictions, json }: CleanCommand) =>
      runCommand({ json }, async () => {
        const report = await cleanData(file, output, { near, dropContradictions: contradictions === 'drop' });
        if (json) printJson(report);
        else process.stdout.write(cleanReportText(report));
        return EXIT.ok;
      }),
    );
}

function choice(text: string): string {
  if (text === 'list' || text === 'drop') return text;
  throw new InvalidArgumentError('expected list or drop');
}

function exitCodeFor({ findings }: QualityReport, isStrict: boolean): ExitCode {
  const isBad = findings.some(({ kind }) => isStrict || kind === 'leakage' || kind === 'schema');
  return isBad ? EXIT.failed : EXIT.ok;
}
