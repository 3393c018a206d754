import { createInterface } from 'node:readline';
import { type Command, Option } from 'commander';
import { SWEEP_METHODS, type SweepMethod } from '../core/sweep-config.js';
import { Conversation } from './ask-tell/conversation.js';
import { type Answer, parseMessage } from './ask-tell/messages.js';
import { runCommand } from './command-line.js';
import { EXIT, type ExitCode } from './failure.js';

interface SuggestOptions {
  ndjson: boolean;
  json?: boolean;
  method: SweepMethod;
}

export function addSuggest(program: Command): void {
  program
    .command('suggest')
    .description("the search alone, without a server: answers another program's ask/tell messages")
    .requiredOption('--ndjson', 'one JSON object a line on standard input and output, see docs/search.md')
    .addOption(new Option('--method <name>', 'which sampler').choices(SWEEP_METHODS).default('bayes'))
    .action((options: SuggestOptions) => runCommand(options, () => converse(options)));
}

async function converse({ method }: SuggestOptions): Promise<ExitCode> {
  const conversation = new Conversation(method);
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim() === '') continue;
    const answer = answerTo(conversation, line);
    if (answer === undefined) break;
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  }
  return EXIT.ok;
}

/** What goes wrong with one message is its answer: the next `start` may be better. */
function answerTo(conversation: Conversation, line: string): Answer | undefined {
  try {
    return conversation.answer(parseMessage(line));
  } catch (error) {
    return { type: 'error', message: error instanceof Error ? error.message : String(error) };
  }
}
