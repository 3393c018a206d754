import { statSync } from 'node:fs';
import type { ImportSource } from './imported-run.js';
import { readMlflowFolder } from './mlflow-folder.js';
import { importedFrom, inOrder, type MlflowRun } from './mlflow-run.js';
import { readMlflowServer } from './mlflow-server.js';
import { readMlflowSqlite } from './mlflow-sqlite.js';

/** MLflow's past: the address of a server, an SQLite file (mlflow.db), or a folder (mlruns). Experiments are projects. */
export function mlflowSource(place: string): ImportSource {
  return async function* runs(omit) {
    const { runs: found, close } = await readRuns(place, omit);
    try {
      for (const run of inOrder(found, omit)) yield await importedFrom(run, omit);
    } finally {
      close();
    }
  };
}

async function readRuns(
  place: string,
  omit: Parameters<ImportSource>[0],
): Promise<{ runs: MlflowRun[]; close: () => void }> {
  const nothing = () => {};
  if (/^https?:/.test(place)) {
    const runs: MlflowRun[] = [];
    for await (const run of readMlflowServer(place)) runs.push(run);
    return { runs, close: nothing };
  }
  const path = place.replace(/^sqlite:\/\/\/|^file:\/\//, '');
  if (statSync(path).isDirectory()) return { runs: await readMlflowFolder(path, omit), close: nothing };
  return readMlflowSqlite(path);
}
