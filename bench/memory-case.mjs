/** One case of `npm run bench:memory` in a process of its own: `node bench/memory-case.mjs CONFIG.json OUTPUT`. */
import { readFileSync } from 'node:fs';
import { runConfigSchema } from '../dist/src/core/run-config.js';
import { trainRun } from '../dist/src/training/train-run.js';

const [file, output] = process.argv.slice(2);
const config = runConfigSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
let parts = [];
const { outcome, memory } = await trainRun(config, output, {
  onMemory: (estimate) => {
    parts = estimate.parts;
  },
  log: (line) => console.error(line),
});
if (outcome !== 'finished') throw new Error(`the run ended as ${outcome}`);
const { estimatedBytes: estimate, peakBytes: measured } = memory;
console.log(JSON.stringify({ estimate, measured, parts }));
