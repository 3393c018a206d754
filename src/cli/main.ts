#!/usr/bin/env node
import { CommanderError } from 'commander';
import { exitCodeOf } from './failure.js';
import { buildProgram } from './program.js';

// `ranksweep export … | head` closes the pipe: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await buildProgram().parseAsync(process.argv);
} catch (error) {
  // commander has said what is wrong already
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = exitCodeOf(error);
}
