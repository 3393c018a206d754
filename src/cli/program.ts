import { Command } from 'commander';
import { packageVersion } from '../worker/package-root.js';
import { addAdapters } from './adapters.js';
import { addBundle, addVerify } from './bundle.js';
import { addCompare } from './compare.js';
import { addCompareMethods } from './compare-methods.js';
import { addData } from './data.js';
import { addDatabase } from './database.js';
import { addDoctor } from './doctor.js';
import { addEvaluate } from './evaluate.js';
import { addExport } from './export.js';
import { addGate } from './gate.js';
import { addGc } from './gc.js';
import { addImport } from './import.js';
import { addMerge } from './merge.js';
import { addOverfitting } from './overfitting.js';
import { addPlan } from './plan.js';
import { addProbe } from './probe.js';
import { addQuickstart } from './quickstart.js';
import { addReplay } from './replay.js';
import { addReproduce } from './reproduce.js';
import { addRun } from './run.js';
import { addScore } from './score.js';
import { addServe } from './serve.js';
import { addShip } from './ship.js';
import { addSuggest } from './suggest.js';
import { addSweep } from './sweep.js';
import { addSweepControl } from './sweep-control.js';
import { addToken } from './token.js';
import { addTrash } from './trash.js';
import { addWorker } from './worker.js';

const EXIT_CODES = `
Exit codes: 0 it worked; 1 what you asked for failed (a run failed, a verdict is "differs"); 2 wrong input; 3 the server does not answer; 4 not enough evidence to say; 5 something here could change the numbers of a reproduction.
RANKSWEEP_URL names the server for all commands (default http://127.0.0.1:7300).`;

/** The whole command line; each command is a file of its own. */
export function buildProgram(): Command {
  const program = new Command('ranksweep')
    .description('LoRA sweeps, recorded, compared and reproduced')
    .version(packageVersion())
    .addHelpText('after', EXIT_CODES)
    .showSuggestionAfterError()
    .exitOverride();
  for (const add of [
    addServe,
    addWorker,
    addSweep,
    addRun,
    addReproduce,
    addEvaluate,
    addProbe,
    addExport,
    addBundle,
    addVerify,
    addImport,
    addDoctor,
    addData,
    addDatabase,
    addQuickstart,
    addScore,
    addMerge,
    addPlan,
    addOverfitting,
    addReplay,
    addSweepControl,
    addSuggest,
    addCompareMethods,
    addGc,
    addTrash,
    addToken,
    addGate,
    addCompare,
    addShip,
    addAdapters,
  ]) {
    add(program);
  }
  return program;
}
