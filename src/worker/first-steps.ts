import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ComputeEnvironment, environmentOf } from '../core/compute-environment.js';
import { RanksweepError } from '../core/errors.js';
import type { RunConfig } from '../core/run-config.js';
import type { BackendChoice } from '../training/backends.js';
import { identityOf } from '../training/resuming.js';
import type { RunInputs } from '../training/run-inputs.js';
import { readSafetensors, type TensorFile } from '../training/safetensors.js';
import { readTrainingState } from '../training/training-state.js';
import type { FromChild } from './child-messages.js';
import { readHardware } from './hardware.js';
import type { LoggedPoint } from './metric-buffer.js';
import { ENTRY_FOLDER, RunChild } from './run-child.js';

/** What to execute, up to which step. The schedule of the learning rate stays that of the whole run. */
export interface StepsWanted {
  config: RunConfig;
  steps: number;
  /** a folder that outlives this, for checks of the data */
  checksFolder: string;
  signal: AbortSignal;
  /** where the state after the last step is kept; null: it is not */
  keepState?: string;
  runId?: string;
  entryFolder?: string;
  onStep?(step: number): void;
}

export interface ExecutedSteps {
  environment: ComputeEnvironment;
  modelHash: string;
  /** equal for executions that ought to have the same numbers, wherever they were */
  whatHash: string;
  points: LoggedPoint[];
  weights: TensorFile;
  weightsHash: string;
}

/**
 * Executes the first steps of a config in a process of its own, without evaluations, and records nothing.
 * @throws RanksweepError as the trainer's own, or if it ended before the last step
 */
export async function executeSteps(wanted: StepsWanted): Promise<ExecutedSteps> {
  const folder = await mkdtemp(join(tmpdir(), 'ranksweep-steps-'));
  try {
    return await new Steps(wanted, folder).run();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

class Steps {
  private readonly points: LoggedPoint[] = [];
  private ready: Extract<FromChild, { kind: 'ready' }> | null = null;
  private readonly stateFile: string;

  constructor(
    private readonly wanted: StepsWanted,
    private readonly folder: string,
  ) {
    this.stateFile = wanted.keepState ?? join(folder, 'state.safetensors');
  }

  async run(): Promise<ExecutedSteps> {
    const child = this.start();
    const kill = () => child.kill();
    this.wanted.signal.addEventListener('abort', kill, { once: true });
    const { outcome, error, reason } = await child.ended;
    this.wanted.signal.removeEventListener('abort', kill);
    if (outcome === 'failed' || this.ready === null)
      throw new RanksweepError('CONFLICT', error ?? 'it failed');
    if (outcome === 'diverged') throw new RanksweepError('CONFLICT', `it diverged: ${reason}`);
    return this.executed(this.ready);
  }

  private start(): RunChild {
    const { config, steps, checksFolder, entryFolder = ENTRY_FOLDER, runId = 'probe' } = this.wanted;
    const preparation = {
      ...{ runId, config, seed: config.seed, command: null, cwd: process.cwd(), checksFolder },
      ...{ outputFolder: this.folder, stateFile: this.stateFile, resumeFrom: null, preferredBackend: null },
      ...{ url: '', stopAfter: steps, scoresFolder: join(this.folder, 'scores') },
    };
    const child: RunChild = new RunChild(
      preparation,
      {
        onReady: (message) => {
          this.ready = message;
          child.begin();
        },
        onPoints: ({ points }) => this.points.push(...points),
        onProgress: ({ progress }) => this.wanted.onStep?.(progress.step),
        onLines: () => {},
      },
      entryFolder,
    );
    return child;
  }

  private async executed({ inputs, backend }: Extract<FromChild, { kind: 'ready' }>): Promise<ExecutedSteps> {
    const weights = await this.readWeights();
    const { config } = this.wanted;
    return {
      environment: await environmentHere(backend!),
      modelHash: inputs!.model.hash,
      whatHash: identityOf({ ...config, backend: 'auto' }, inputs as RunInputs),
      points: this.points,
      weights,
      weightsHash: hashOf(weights),
    };
  }

  /** After all steps of a short run there is an adapter instead of a state. */
  private async readWeights(): Promise<TensorFile> {
    if (existsSync(this.stateFile)) return (await readTrainingState(this.stateFile)).parameters;
    const adapter = join(this.folder, 'adapter', 'adapter_model.safetensors');
    return existsSync(adapter) ? readSafetensors(adapter) : new Map();
  }
}

async function environmentHere({ backend: name, ...backend }: BackendChoice): Promise<ComputeEnvironment> {
  return environmentOf({ backend: { name, ...backend }, hardware: await readHardware() })!;
}

function hashOf(weights: TensorFile): string {
  const hash = createHash('sha256');
  for (const [name, { values }] of [...weights].sort(([a], [b]) => (a < b ? -1 : 1))) {
    hash.update(name).update(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  }
  return hash.digest('hex');
}
