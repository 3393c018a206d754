/**
 * The record's speed, with peers started in the same run: `npm run bench:record [-- --only mlflow,door,durability,curves,reads,runs,wide
 * --rounds 3 --runs 10000,100000]`. Prints one line of JSON: medians, all rounds, ratios. MLflow's server (and Trackio and Aim, which write
 * files, no server) come from PyPI into .cache/bench at first use. Machines are noisy: compare ratios within one run, and look at the
 * load that it names.
 */
import { cpus, loadavg, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { close } from './record/client.mjs';
import { measureCurves, measureReadsWhileWriting } from './record/curves.mjs';
import { measureMlflowEndpoint, measureOwnDoor } from './record/ingest.mjs';
import { measureLocalPeers } from './record/local-peers.mjs';
import { measureRuns } from './record/runs.mjs';
import { remove, scratchFolder } from './record/servers.mjs';
import { measureWide } from './record/wide.mjs';

const { values } = parseArgs({
  options: { only: { type: 'string' }, rounds: { type: 'string' }, runs: { type: 'string' } },
});
const rounds = Number(values.rounds ?? 3);
const sizes = (values.runs ?? '10000,100000').split(',').map(Number);

const PARTS = {
  mlflow: () => inFolders((ours, mlflow) => measureMlflowEndpoint({ ours, mlflow }, rounds)),
  door: () => inFolders((ours) => measureOwnDoor(ours, rounds)),
  durability: () => inFolders((ours) => measureOwnDoor(ours, rounds, ['--durability', 'normal'])),
  curves: () => inFolders(measureCurves),
  reads: () => inFolders(measureReadsWhileWriting),
  runs: () => inFolders((ours, mlflow) => measureRuns({ ours, mlflow }, sizes)),
  wide: () => inFolders(measureWide),
  peers: () => inFolders(measureLocalPeers),
};

async function inFolders(measure) {
  const folders = [scratchFolder(), scratchFolder()];
  try {
    return await measure(...folders);
  } finally {
    folders.forEach(remove);
  }
}

const report = {
  date: new Date().toISOString().slice(0, 10),
  machine: `${cpus().length} × ${cpus()[0].model}, ${Math.round(totalmem() / 2 ** 30)} GB`,
  node: process.version,
  loadBefore: loadavg()[0].toFixed(1),
};
for (const part of values.only?.split(',') ?? Object.keys(PARTS)) {
  if (!(part in PARTS))
    throw new Error(`--only: found ${part}, allowed are ${Object.keys(PARTS).join(', ')}`);
  report[part] = await PARTS[part]();
  console.error(`${part}: ${JSON.stringify(report[part])}`);
}
report.loadAfter = loadavg()[0].toFixed(1);
console.log(JSON.stringify(report));
close();
