// Made by scripts/generate-api.mjs from the .graphql files beside it and schema.gql. Do not edit.
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** what is left out stays as it is; null clears it */
export type AnnotateRunInput = {
  group?: string | null | undefined;
  name?: string | null | undefined;
  /** Markdown */
  notes?: string | null | undefined;
  parentId?: string | null | undefined;
  /** keys of tags to take off */
  removeTags?: Array<string> | null | undefined;
  runId: string;
  /** set or changed */
  tags?: Array<TagInput> | null | undefined;
};

export type ArtifactInput = {
  bytes: number;
  name: string;
  sha256: string;
};

export type CheckedFileInput = {
  canonicalHash: string;
  contentHash: string;
  use: string;
};

export type ClaimInput = {
  /** only trials of this sweep */
  sweepId?: string | null | undefined;
  workerId: string;
};

export type ConditionOp =
  | 'contains'
  | 'eq'
  | 'exists'
  | 'ge'
  | 'gt'
  | 'in'
  | 'le'
  | 'lt'
  | 'ne';

export type CreateSweepInput = {
  /** overrides the file's project */
  project?: string | null | undefined;
  /** name of the file, for messages */
  source?: string | null | undefined;
  yaml: string;
};

export type CreateTokenInput = {
  /** until it expires; default: never */
  days?: number | null | undefined;
  /** who or what it is for */
  name: string;
  /** names of the projects that it reaches, made if they are not there; default: all, and what belongs to none */
  projects?: Array<string> | null | undefined;
  /** read, write or admin */
  role: string;
};

export type DatasetCheckInput = {
  /** number of findings by kind */
  counts: unknown;
  examples: number;
  files: Array<CheckedFileInput>;
  /** the first of each kind: [{kind, items: [{file, line}], detail}] */
  findings: unknown;
  version: number;
};

export type DatasetInput = {
  bytes: number;
  canonicalHash: string;
  contentHash: string;
  examples: number;
  name: string;
  path: string;
  use: string;
};

export type DescribeRunInput = {
  check?: DatasetCheckInput | null | undefined;
  datasets: Array<DatasetInput>;
  leaseToken: number;
  /** manifest.json, uploaded already: its SHA-256 seals the run */
  manifest?: ArtifactInput | null | undefined;
  provenance: unknown;
  runId: string;
};

export type EvaluationInput = {
  baseBitsPerByte: number | 'NaN' | 'Infinity' | '-Infinity';
  baseLoss: number | 'NaN' | 'Infinity' | '-Infinity';
  bitsPerByte: number | 'NaN' | 'Infinity' | '-Infinity';
  datasetHash: string;
  /** how far the set is from the training data, in words */
  distance?: string | null | undefined;
  items: number;
  loss: number | 'NaN' | 'Infinity' | '-Infinity';
  name: string;
  role: EvaluationRole;
  /** of the suite that names the set */
  suiteHash?: string | null | undefined;
  /** predicted ones; 0: the loss was not measured */
  tokens: number;
};

export type EvaluationRole =
  | 'base_capability'
  | 'in_domain'
  | 'out_of_domain';

export type FieldCondition = {
  op: ConditionOp;
  /** config.lora.rank · provenance.git.commit · facts.tokens · metric.NAME (its last value), metric.NAME:best, :best(maximize), :min, :max, :mean, :count, :at(STEP), :mean(STEP,STEP) · tag.KEY · id · name · state · project · group · parent · origin · notes · sweep · trial · seed · startedAt · endedAt · configHash · dataset (its hash) */
  path: string;
  /** a list for `in`, true or false for `exists`, else a string, number or boolean */
  value?: unknown;
};

export type FinishInput = {
  artifacts?: Array<ArtifactInput> | null | undefined;
  error?: string | null | undefined;
  evaluations?: Array<EvaluationInput> | null | undefined;
  facts?: unknown;
  leaseToken: number;
  runId: string;
  state: RunState;
  stopReason?: string | null | undefined;
};

export type GarbageInput = {
  /** only say what would happen */
  dryRun: boolean;
  /** what has been in the trash for so many days is removed for good */
  trashDays?: number;
};

export type GateVerdict =
  | 'do_not_ship'
  | 'not_enough_evidence'
  | 'ship';

export type Goal =
  | 'maximize'
  | 'minimize';

export type JudgeGateInput = {
  /** the text of the policy, YAML */
  policy: string;
  /** or a unique prefix of it */
  runId: string;
};

export type JudgeInput = {
  /** of code and environment, named before it ran */
  differences?: unknown;
  reproductionId: string;
  /** {step, metric, why}: where it was given up */
  stoppedAt?: unknown;
  /** of the adapters: {relative, largestModule, modules, isIdentical} or {why}; else their files are compared */
  weights?: unknown;
};

export type OpenRunInput = {
  /** complete: every default filled in */
  config: unknown;
  /** the other runs that it comes from */
  links?: Array<RunLinkInput> | null | undefined;
  name?: string | null | undefined;
  project?: string | null | undefined;
  /** the run that this one repeats */
  reproduces?: string | null | undefined;
  seed?: number | null | undefined;
  workerId: string;
};

export type PointInput = {
  metric: string;
  step: number;
  /** ms since the epoch */
  time: number;
  value: number | 'NaN' | 'Infinity' | '-Infinity';
};

export type ProbeInput = {
  environment: unknown;
  /** chosen by the caller, so that a delivery may be repeated */
  id: string;
  modelHash: string;
  ofRunId?: string | null | undefined;
  series: unknown;
  steps: number;
  weightDistances: unknown;
  weightsHash?: string | null | undefined;
  whatHash: string;
};

export type ProgressInput = {
  /** from 1, one more each time; a number delivered twice is stored once */
  batch: number;
  leaseToken: number;
  log?: Array<string> | null | undefined;
  points: Array<PointInput>;
  runId: string;
};

/** Scores of one run on one set of items. Sent again, it changes nothing. */
export type RecordEvaluationInput = {
  /** the base model: a hash of its files, or its name */
  baseModel?: string | null | undefined;
  /** of the data; default: of the keys */
  datasetHash?: string | null | undefined;
  /** how far the set is from the training data, in words */
  distance?: string | null | undefined;
  /** a list of texts or nulls, one for each key: for scores by group */
  groups?: unknown;
  /** a list of texts, none twice: what identifies each item, in any run */
  keys: unknown;
  /** of a worker’s run: refused if the run is no longer this worker’s */
  leaseToken?: number | null | undefined;
  /** of the set: letters, digits, “.”, “_” and “-” */
  name: string;
  role: EvaluationRole;
  runId: string;
  scores: Array<ScoreInput>;
  /** of the suite that names the set */
  suiteHash?: string | null | undefined;
};

/** What a program says of a run. Sent again, it changes nothing. */
export type RecordRunInput = {
  artifacts?: Array<ArtifactInput> | null | undefined;
  /** a map; what is new is added to what the run has, what is there is never changed */
  config?: unknown;
  datasets?: Array<DatasetInput> | null | undefined;
  /** default: now, for a run that has ended */
  endedAt?: string | null | undefined;
  error?: string | null | undefined;
  evaluations?: Array<EvaluationInput> | null | undefined;
  /** a map: what the program says of itself at the end */
  facts?: unknown;
  group?: string | null | undefined;
  /** a new run stays in the trash until revealRuns: an import shows all of its runs or none */
  hidden?: boolean;
  /** the program chooses it: 3 to 100 letters, digits, “.”, “_”, “:” or “-”; for ever the run’s own */
  id: string;
  /** it is lost when it is silent for leaseMs; its program calls reportProgress in time */
  leased?: boolean;
  /** all lines that its program printed */
  log?: Array<string> | null | undefined;
  /** SHA-256 of its manifest.json, of a run that was sealed elsewhere */
  manifestHash?: string | null | undefined;
  /** default: the ID */
  name?: string | null | undefined;
  /** Markdown */
  notes?: string | null | undefined;
  /** what made it: python, wandb, tensorboard, csv, … */
  origin?: string;
  /** parameters as texts, as MLflow has them: the config follows from them */
  params?: Array<TagInput> | null | undefined;
  /** the run that this one is a part of */
  parentId?: string | null | undefined;
  /** its name; made if it is not there */
  project: string;
  /** a map: code, machine, user, … */
  provenance?: unknown;
  /** the run that this one repeats */
  reproduces?: string | null | undefined;
  /** a run that has ended goes on */
  resume?: boolean;
  seed?: number | null | undefined;
  /** default: now */
  startedAt?: string | null | undefined;
  state?: RunState;
  stopReason?: string | null | undefined;
  /** of a new run; later: annotateRun */
  tags?: Array<TagInput> | null | undefined;
};

export type RegisterWorkerInput = {
  device: unknown;
  host: string;
  name: string;
};

export type ResumeRunInput = {
  runId: string;
  workerId: string;
};

export type RollBackAdapterInput = {
  /** recorded for ever */
  because: string;
  name: string;
  /** default: the one shipped before the one in use */
  to?: number | null | undefined;
};

export type RunFilter = {
  /** all of them let the run through */
  and?: Array<RunFilter> | null | undefined;
  /** runs that had ended by then: their record is closed, so that the same question has the same answer while others go on */
  asOf?: string | null | undefined;
  /** or its beginning */
  configHash?: string | null | undefined;
  /** canonical or content hash of a dataset that was read, or its beginning */
  datasetHash?: string | null | undefined;
  /** true: those in the trash instead */
  deleted?: boolean | null | undefined;
  /** it does not let the run through */
  not?: RunFilter | null | undefined;
  /** at least one of them does; an empty list: none */
  or?: Array<RunFilter> | null | undefined;
  /** the project's name or ID */
  project?: string | null | undefined;
  states?: Array<RunState> | null | undefined;
  /** or its beginning */
  sweepId?: string | null | undefined;
  /** occurs in the name or starts the ID */
  text?: string | null | undefined;
  /** all of them hold */
  where?: Array<FieldCondition> | null | undefined;
};

export type RunLinkInput = {
  /** what was set: {"seed": 8} */
  changes?: unknown;
  /** the earlier run */
  fromId: string;
  /** reproduces | resumes | derives_from | warm_starts_from */
  kind: string;
  /** of the earlier run, from which this one goes on */
  step?: number | null | undefined;
};

export type RunState =
  | 'cancelled'
  | 'diverged'
  | 'failed'
  | 'finished'
  | 'lost'
  | 'running'
  | 'stopped';

export type ScoreInput = {
  /** what was asked of which base model, as a hash; default: of what baseValues says */
  baseKey?: string | null | undefined;
  /** as values, of the base model without adapter; may be left out where baseKey is known already */
  baseValues?: unknown;
  /** which way is better */
  goal: Goal;
  /** loss (nats a token), bits_per_byte, exact_match, or a name of its own */
  score: string;
  /** a list of MetricValue, one for each key */
  values: unknown;
  /** a list of numbers, one for each key: how much it counts in the mean; default: all the same */
  weights?: unknown;
};

export type ShipAdapterInput = {
  /** why it is shipped against the verdict; recorded for ever */
  because?: string | null | undefined;
  /** what it is for: letters, digits, “.”, “_”, “-” and “/” */
  name: string;
  /** the text of a policy, YAML; default: the run’s last verdict counts */
  policy?: string | null | undefined;
  /** or a unique prefix of it */
  runId: string;
};

/** what is left out stays as it is; null takes the rule away */
export type SweepEditInput = {
  /** the reason, for the record */
  because?: string | null | undefined;
  /** failed trials */
  failures?: number | null | undefined;
  gpuHours?: number | null | undefined;
  /** finished trials in a row without a new best */
  noImprovement?: number | null | undefined;
  /** {objective: value}: where hypervolume is measured from, with several objectives; what is left out stays. Null: by the rule, once more, with the next trial */
  referencePoint?: unknown;
  /** trials in all */
  runCap?: number | null | undefined;
  /** since the sweep was made */
  seconds?: number | null | undefined;
};

export type SweepState =
  | 'cancelled'
  | 'finished'
  | 'paused'
  | 'running';

export type TagInput = {
  key: string;
  value: string;
};

export type TrialState =
  | 'cancelled'
  | 'diverged'
  | 'failed'
  | 'finished'
  | 'queued'
  | 'running'
  | 'stopped';

export type CreateSweepMutationVariables = Exact<{
  input: CreateSweepInput;
}>;


export type CreateSweepMutation = { createSweep: { id: string, name: string, plannedTrials: number | null, config: any } };

export type RegisterWorkerMutationVariables = Exact<{
  input: RegisterWorkerInput;
}>;


export type RegisterWorkerMutation = { registerWorker: { id: string, name: string } };

export type ClaimFieldsFragment = { leaseToken: number | null, leaseMs: number | null, lastBatch: number | null, keepBytes: number | null, sweepId: string | null, config: any, command: Array<string> | null, waitMs: number | null, idle: boolean, trial: { id: string, number: number, parameters: any } | null, run: { id: string, name: string, seed: number | null } | null };

export type ClaimTrialMutationVariables = Exact<{
  input: ClaimInput;
}>;


export type ClaimTrialMutation = { claimTrial: { leaseToken: number | null, leaseMs: number | null, lastBatch: number | null, keepBytes: number | null, sweepId: string | null, config: any, command: Array<string> | null, waitMs: number | null, idle: boolean, trial: { id: string, number: number, parameters: any } | null, run: { id: string, name: string, seed: number | null } | null } };

export type OpenRunMutationVariables = Exact<{
  input: OpenRunInput;
}>;


export type OpenRunMutation = { openRun: { leaseToken: number | null, leaseMs: number | null, lastBatch: number | null, keepBytes: number | null, sweepId: string | null, config: any, command: Array<string> | null, waitMs: number | null, idle: boolean, trial: { id: string, number: number, parameters: any } | null, run: { id: string, name: string, seed: number | null } | null } };

export type ResumeRunMutationVariables = Exact<{
  input: ResumeRunInput;
}>;


export type ResumeRunMutation = { resumeRun: { leaseToken: number | null, leaseMs: number | null, lastBatch: number | null, keepBytes: number | null, sweepId: string | null, config: any, command: Array<string> | null, waitMs: number | null, idle: boolean, trial: { id: string, number: number, parameters: any } | null, run: { id: string, name: string, seed: number | null } | null } };

export type RecordedStepsQueryVariables = Exact<{
  id: string;
}>;


export type RecordedStepsQuery = { run: { id: string, metrics: Array<{ name: string, lastStep: number }> } | null };

export type DescribeRunMutationVariables = Exact<{
  input: DescribeRunInput;
}>;


export type DescribeRunMutation = { describeRun: { id: string } };

export type ReportProgressMutationVariables = Exact<{
  input: ProgressInput;
}>;


export type ReportProgressMutation = { reportProgress: { accepted: boolean, leaseLost: boolean, stop: boolean, stopReason: string | null } };

export type FinishFieldsFragment = { accepted: boolean, leaseLost: boolean };

export type FinishTrialMutationVariables = Exact<{
  input: FinishInput;
}>;


export type FinishTrialMutation = { finishTrial: { accepted: boolean, leaseLost: boolean } };

export type FinishRunMutationVariables = Exact<{
  input: FinishInput;
}>;


export type FinishRunMutation = { finishRun: { accepted: boolean, leaseLost: boolean } };

export type VerdictFieldsFragment = { originalId: string, reproductionId: string, verdict: string, step: number | null, metric: string | null, evidence: any, differences: any, judgedAt: string };

export type JudgeReproductionMutationVariables = Exact<{
  input: JudgeInput;
}>;


export type JudgeReproductionMutation = { judgeReproduction: { originalId: string, reproductionId: string, verdict: string, step: number | null, metric: string | null, evidence: any, differences: any, judgedAt: string } };

export type ExpectedAgreementQueryVariables = Exact<{
  runId: string;
  provenance: unknown;
}>;


export type ExpectedAgreementQuery = { expectedAgreement: any };

export type RecordProbesMutationVariables = Exact<{
  input: Array<ProbeInput> | ProbeInput;
}>;


export type RecordProbesMutation = { recordProbes: Array<{ id: string, environmentKey: string }> };

export type ProbesQueryVariables = Exact<{
  modelHash?: string | null | undefined;
}>;


export type ProbesQuery = { probes: Array<{ id: string, ofRunId: string | null, whatHash: string, environmentKey: string, environment: any, steps: number, series: any, weightsHash: string | null, weightDistances: any, probedAt: string }> };

export type SeriesFieldsFragment = { name: string, count: number, exact: boolean, steps: number[], values: (number | 'NaN' | 'Infinity' | '-Infinity')[], times: number[] };

export type RunEvaluationFragment = { name: string, role: EvaluationRole, datasetHash: string, items: number, tokens: number, loss: number | 'NaN' | 'Infinity' | '-Infinity', bitsPerByte: number | 'NaN' | 'Infinity' | '-Infinity', baseLoss: number | 'NaN' | 'Infinity' | '-Infinity', baseBitsPerByte: number | 'NaN' | 'Infinity' | '-Infinity' };

export type RunFilesFragment = { artifacts: Array<{ name: string, sha256: string, bytes: number }>, datasets: Array<{ use: string, path: string, contentHash: string, dataset: { hash: string, contentHash: string, name: string, examples: number, bytes: number } }> };

export type RunRecordQueryVariables = Exact<{
  id: string;
}>;


export type RunRecordQuery = { run: { id: string, name: string, state: RunState, sweepId: string | null, trialId: string | null, trialNumber: number | null, config: any, configHash: string, seed: number | null, provenance: any, manifestHash: string | null, error: string | null, stopReason: string | null, startedAt: string, endedAt: string | null, summary: any, reproduces: string | null, seal: { intact: boolean, problems: Array<string> } | null, project: { name: string }, evaluations: Array<{ name: string, role: EvaluationRole, datasetHash: string, items: number, tokens: number, loss: number | 'NaN' | 'Infinity' | '-Infinity', bitsPerByte: number | 'NaN' | 'Infinity' | '-Infinity', baseLoss: number | 'NaN' | 'Infinity' | '-Infinity', baseBitsPerByte: number | 'NaN' | 'Infinity' | '-Infinity' }>, reproductions: Array<{ originalId: string, reproductionId: string, verdict: string, step: number | null, metric: string | null, evidence: any, differences: any, judgedAt: string }>, artifacts: Array<{ name: string, sha256: string, bytes: number }>, datasets: Array<{ use: string, path: string, contentHash: string, dataset: { hash: string, contentHash: string, name: string, examples: number, bytes: number } }> } | null };

export type RunSeriesQueryVariables = Exact<{
  id: string;
  maxPoints: number;
}>;


export type RunSeriesQuery = { run: { id: string, series: Array<{ name: string, count: number, exact: boolean, steps: number[], values: (number | 'NaN' | 'Infinity' | '-Infinity')[], times: number[] }> } | null };

export type RunLogQueryVariables = Exact<{
  id: string;
  lastLines: number;
}>;


export type RunLogQuery = { run: { id: string, log: Array<string> } | null };

export type SweepProgressQueryVariables = Exact<{
  id: string;
}>;


export type SweepProgressQuery = { sweep: { id: string, name: string, state: SweepState, metric: any, config: any, plannedTrials: number | null, trialCounts: any, recommendation: any, paretoFront: { hypervolume: number | null, referencePoint: any, isReferenceFixed: boolean, feasible: Array<number>, infeasible: Array<number>, trials: Array<{ number: number }> } | null, best: { id: string, number: number } | null, trials: Array<{ id: string, number: number, state: TrialState, parameters: any, objective: number | 'NaN' | 'Infinity' | '-Infinity' | null, outcomes: any, attempts: number, run: { id: string, state: RunState, config: any, summary: any, error: string | null, stopReason: string | null, startedAt: string, endedAt: string | null, metrics: Array<{ name: string, last: number | 'NaN' | 'Infinity' | '-Infinity', lastStep: number }> } | null }> } | null };

export type SweepsQueryVariables = Exact<{
  states?: Array<SweepState> | SweepState | null | undefined;
  first: number;
}>;


export type SweepsQuery = { sweeps: { items: Array<{ id: string, name: string, state: SweepState, createdAt: string, trialCounts: any }> } };

export type WorkersQueryVariables = Exact<{ [key: string]: never; }>;


export type WorkersQuery = { workers: Array<{ id: string, name: string, state: string }> };

export type StopRunMutationVariables = Exact<{
  id: string;
}>;


export type StopRunMutation = { stopRun: { id: string, state: RunState } };

export type SweepCurvesQueryVariables = Exact<{
  id: string;
  names?: Array<string> | string | null | undefined;
  maxPoints: number;
}>;


export type SweepCurvesQuery = { sweep: { id: string, name: string, metric: any, config: any, trials: Array<{ number: number, parameters: any, objective: number | 'NaN' | 'Infinity' | '-Infinity' | null, outcomes: any, run: { id: string, state: RunState, config: any, series: Array<{ name: string, count: number, exact: boolean, steps: number[], values: (number | 'NaN' | 'Infinity' | '-Infinity')[], times: number[] }> } | null }> } | null };

export type SweepSuggestionsQueryVariables = Exact<{
  id: string;
}>;


export type SweepSuggestionsQuery = { sweep: { id: string, name: string, config: any, seed: number, runCap: number | null, edits: any, warmStart: any, trials: Array<{ number: number, parameters: any, replicate: number, historyHash: string, historyChanges: any, run: { id: string, state: RunState } | null }> } | null };

export type SweepControlFragment = { id: string, name: string, state: SweepState, runCap: number | null, stopRules: any, referencePoint: any, endReason: string | null, plannedTrials: number | null };

export type EditSweepMutationVariables = Exact<{
  id: string;
  input: SweepEditInput;
}>;


export type EditSweepMutation = { editSweep: { id: string, name: string, state: SweepState, runCap: number | null, stopRules: any, referencePoint: any, endReason: string | null, plannedTrials: number | null } };

export type PauseSweepMutationVariables = Exact<{
  id: string;
}>;


export type PauseSweepMutation = { pauseSweep: { id: string, name: string, state: SweepState, runCap: number | null, stopRules: any, referencePoint: any, endReason: string | null, plannedTrials: number | null } };

export type ResumeSweepMutationVariables = Exact<{
  id: string;
}>;


export type ResumeSweepMutation = { resumeSweep: { id: string, name: string, state: SweepState, runCap: number | null, stopRules: any, referencePoint: any, endReason: string | null, plannedTrials: number | null } };

export type CancelSweepMutationVariables = Exact<{
  id: string;
}>;


export type CancelSweepMutation = { cancelSweep: { id: string, name: string, state: SweepState, runCap: number | null, stopRules: any, referencePoint: any, endReason: string | null, plannedTrials: number | null } };

export type PastRunsQueryVariables = Exact<{
  model: unknown;
}>;


export type PastRunsQuery = { runs: { items: Array<{ id: string, config: any, summary: any }> } };

export type RecordRunMutationVariables = Exact<{
  input: RecordRunInput;
}>;


export type RecordRunMutation = { recordRun: { created: boolean, leaseToken: number, run: { id: string, state: RunState } } };

export type RevealRunsMutationVariables = Exact<{
  ids: Array<string> | string;
}>;


export type RevealRunsMutation = { revealRuns: number };

export type CollectGarbageMutationVariables = Exact<{
  input: GarbageInput;
}>;


export type CollectGarbageMutation = { collectGarbage: { dryRun: boolean, before: string, runIds: Array<string>, names: number, leftoverBytes: number, more: boolean, freed: { files: number, bytes: number }, trashed: { files: number, bytes: number } } };

export type StorageUseQueryVariables = Exact<{ [key: string]: never; }>;


export type StorageUseQuery = { storage: { kind: string, place: string, quotaBytes: number | null, projectQuotaBytes: number | null, contents: { files: number, bytes: number }, unreferenced: { files: number, bytes: number } } };

export type DeleteRunsMutationVariables = Exact<{
  ids: Array<string> | string;
}>;


export type DeleteRunsMutation = { deleteRuns: Array<{ id: string, deletedAt: string | null }> };

export type RestoreRunsMutationVariables = Exact<{
  ids: Array<string> | string;
}>;


export type RestoreRunsMutation = { restoreRuns: Array<{ id: string, deletedAt: string | null }> };

export type BundledRunFragment = { id: string, name: string, state: RunState, config: any, seed: number | null, origin: string, provenance: any, manifestHash: string | null, summary: any, error: string | null, stopReason: string | null, startedAt: string, endedAt: string | null, notes: string | null, group: string | null, parentId: string | null, reproduces: string | null, tags: any, params: any, sweepId: string | null, trialId: string | null, trialNumber: number | null, configHash: string, metrics: Array<{ name: string, count: number }>, project: { name: string }, evaluations: Array<{ distance: string | null, suiteHash: string | null, name: string, role: EvaluationRole, datasetHash: string, items: number, tokens: number, loss: number | 'NaN' | 'Infinity' | '-Infinity', bitsPerByte: number | 'NaN' | 'Infinity' | '-Infinity', baseLoss: number | 'NaN' | 'Infinity' | '-Infinity', baseBitsPerByte: number | 'NaN' | 'Infinity' | '-Infinity', scores: Array<{ score: string, baseKey: string | null }> }>, artifacts: Array<{ name: string, sha256: string, bytes: number }>, datasets: Array<{ use: string, path: string, contentHash: string, dataset: { hash: string, contentHash: string, name: string, examples: number, bytes: number } }> };

export type BundledRunsQueryVariables = Exact<{
  filter?: RunFilter | null | undefined;
  first: number;
  after?: string | null | undefined;
  lastLines: number;
}>;


export type BundledRunsQuery = { runs: { next: string | null, items: Array<{ log: Array<string>, id: string, name: string, state: RunState, config: any, seed: number | null, origin: string, provenance: any, manifestHash: string | null, summary: any, error: string | null, stopReason: string | null, startedAt: string, endedAt: string | null, notes: string | null, group: string | null, parentId: string | null, reproduces: string | null, tags: any, params: any, sweepId: string | null, trialId: string | null, trialNumber: number | null, configHash: string, metrics: Array<{ name: string, count: number }>, project: { name: string }, evaluations: Array<{ distance: string | null, suiteHash: string | null, name: string, role: EvaluationRole, datasetHash: string, items: number, tokens: number, loss: number | 'NaN' | 'Infinity' | '-Infinity', bitsPerByte: number | 'NaN' | 'Infinity' | '-Infinity', baseLoss: number | 'NaN' | 'Infinity' | '-Infinity', baseBitsPerByte: number | 'NaN' | 'Infinity' | '-Infinity', scores: Array<{ score: string, baseKey: string | null }> }>, artifacts: Array<{ name: string, sha256: string, bytes: number }>, datasets: Array<{ use: string, path: string, contentHash: string, dataset: { hash: string, contentHash: string, name: string, examples: number, bytes: number } }> }> } };

export type KnownRunQueryVariables = Exact<{
  id: string;
}>;


export type KnownRunQuery = { run: { id: string, state: RunState, startedAt: string, configHash: string, deletedAt: string | null } | null };

export type RecordEvaluationMutationVariables = Exact<{
  input: RecordEvaluationInput;
}>;


export type RecordEvaluationMutation = { recordEvaluation: { name: string, items: number } };

export type BaseScoresQueryVariables = Exact<{
  keys: Array<string> | string;
}>;


export type BaseScoresQuery = { baseScores: Array<{ key: string, values: (number | 'NaN' | 'Infinity' | '-Infinity')[] }> };

export type EvaluationItemsQueryVariables = Exact<{
  runId: string;
  name: string;
  score: string;
}>;


export type EvaluationItemsQuery = { evaluationItems: { goal: Goal, keys: any, groups: any, values: (number | 'NaN' | 'Infinity' | '-Infinity')[], weights: number[] | null, baseValues: (number | 'NaN' | 'Infinity' | '-Infinity')[] | null } | null };

export type AlignedItemsQueryVariables = Exact<{
  runIds: Array<string> | string;
  name: string;
  score: string;
}>;


export type AlignedItemsQuery = { alignedItems: { goal: Goal, keys: any, values: Array<(number | 'NaN' | 'Infinity' | '-Infinity')[]>, weights: number[] | null, baseValues: Array<(number | 'NaN' | 'Infinity' | '-Infinity')[] | null>, left: Array<number> } };

export type GateFieldsFragment = { id: string, runId: string, verdict: GateVerdict, why: string, policyName: string, policyHash: string, evidence: any, inputs: any, judgedAt: string };

export type AdapterVersionFieldsFragment = { version: number, runId: string, verdict: GateVerdict, policyHash: string, because: string | null, rank: number | null, trainableParameters: number | null, bytes: number, shippedAt: string };

export type AdapterFieldsFragment = { name: string, project: { name: string }, current: { version: number, runId: string, verdict: GateVerdict, policyHash: string, because: string | null, rank: number | null, trainableParameters: number | null, bytes: number, shippedAt: string }, versions: Array<{ version: number, runId: string, verdict: GateVerdict, policyHash: string, because: string | null, rank: number | null, trainableParameters: number | null, bytes: number, shippedAt: string }>, events: Array<{ action: string, version: number, because: string | null, at: string }> };

export type JudgeGateMutationVariables = Exact<{
  input: JudgeGateInput;
}>;


export type JudgeGateMutation = { judgeGate: { id: string, runId: string, verdict: GateVerdict, why: string, policyName: string, policyHash: string, evidence: any, inputs: any, judgedAt: string } };

export type ShipAdapterMutationVariables = Exact<{
  input: ShipAdapterInput;
}>;


export type ShipAdapterMutation = { shipAdapter: { adapter: { name: string, project: { name: string }, current: { version: number, runId: string, verdict: GateVerdict, policyHash: string, because: string | null, rank: number | null, trainableParameters: number | null, bytes: number, shippedAt: string }, versions: Array<{ version: number, runId: string, verdict: GateVerdict, policyHash: string, because: string | null, rank: number | null, trainableParameters: number | null, bytes: number, shippedAt: string }>, events: Array<{ action: string, version: number, because: string | null, at: string }> }, gate: { id: string, runId: string, verdict: GateVerdict, why: string, policyName: string, policyHash: string, evidence: any, inputs: any, judgedAt: string } } };

export type RollBackAdapterMutationVariables = Exact<{
  input: RollBackAdapterInput;
}>;


export type RollBackAdapterMutation = { rollBackAdapter: { name: string, project: { name: string }, current: { version: number, runId: string, verdict: GateVerdict, policyHash: string, because: string | null, rank: number | null, trainableParameters: number | null, bytes: number, shippedAt: string }, versions: Array<{ version: number, runId: string, verdict: GateVerdict, policyHash: string, because: string | null, rank: number | null, trainableParameters: number | null, bytes: number, shippedAt: string }>, events: Array<{ action: string, version: number, because: string | null, at: string }> } };

export type AdaptersQueryVariables = Exact<{
  project?: string | null | undefined;
}>;


export type AdaptersQuery = { adapters: Array<{ name: string, project: { name: string }, current: { version: number, runId: string, verdict: GateVerdict, policyHash: string, because: string | null, rank: number | null, trainableParameters: number | null, bytes: number, shippedAt: string }, versions: Array<{ version: number, runId: string, verdict: GateVerdict, policyHash: string, because: string | null, rank: number | null, trainableParameters: number | null, bytes: number, shippedAt: string }>, events: Array<{ action: string, version: number, because: string | null, at: string }> }> };

export type OneAdapterQueryVariables = Exact<{
  name: string;
}>;


export type OneAdapterQuery = { adapter: { name: string, project: { name: string }, current: { version: number, runId: string, verdict: GateVerdict, policyHash: string, because: string | null, rank: number | null, trainableParameters: number | null, bytes: number, shippedAt: string }, versions: Array<{ version: number, runId: string, verdict: GateVerdict, policyHash: string, because: string | null, rank: number | null, trainableParameters: number | null, bytes: number, shippedAt: string }>, events: Array<{ action: string, version: number, because: string | null, at: string }> } | null };

export type AdapterFilesQueryVariables = Exact<{
  name: string;
}>;


export type AdapterFilesQuery = { adapter: { current: { version: number }, versions: Array<{ version: number, runId: string, files: Array<{ name: string, sha256: string, bytes: number }> }> } | null };

export type RunScoresQueryVariables = Exact<{
  id: string;
}>;


export type RunScoresQuery = { run: { evaluations: Array<{ name: string, scores: Array<{ score: string }> }> } | null };

export type ComparedItemsQueryVariables = Exact<{
  runIds: Array<string> | string;
  run: string;
  name: string;
  score: string;
}>;


export type ComparedItemsQuery = { alignedItems: { goal: Goal, keys: any, values: Array<(number | 'NaN' | 'Infinity' | '-Infinity')[]>, weights: number[] | null }, evaluationItems: { keys: any, groups: any } | null };

export type TokenFieldsFragment = { id: string, name: string, role: string, projectIds: Array<string> | null, createdAt: string, expiresAt: string | null, lastUsedAt: string | null, revokedAt: string | null };

export type CreateTokenMutationVariables = Exact<{
  input: CreateTokenInput;
}>;


export type CreateTokenMutation = { createToken: { secret: string, token: { id: string, name: string, role: string, projectIds: Array<string> | null, createdAt: string, expiresAt: string | null, lastUsedAt: string | null, revokedAt: string | null } } };

export type TokensQueryVariables = Exact<{ [key: string]: never; }>;


export type TokensQuery = { tokens: Array<{ id: string, name: string, role: string, projectIds: Array<string> | null, createdAt: string, expiresAt: string | null, lastUsedAt: string | null, revokedAt: string | null }> };

export type RevokeTokenMutationVariables = Exact<{
  id: string;
}>;


export type RevokeTokenMutation = { revokeToken: { id: string, name: string, role: string, projectIds: Array<string> | null, createdAt: string, expiresAt: string | null, lastUsedAt: string | null, revokedAt: string | null } };

export type SpotCheckRunsQueryVariables = Exact<{
  first: number;
}>;


export type SpotCheckRunsQuery = { last: { items: Array<{ startedAt: string }> }, candidates: { items: Array<{ id: string, reproduces: string | null, manifestHash: string | null }> } };

export type TagSpotCheckMutationVariables = Exact<{
  input: AnnotateRunInput;
}>;


export type TagSpotCheckMutation = { annotateRun: { id: string } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const ClaimFieldsFragmentDoc = new TypedDocumentString(`
    fragment ClaimFields on Claim {
  trial {
    id
    number
    parameters
  }
  run {
    id
    name
    seed
  }
  leaseToken
  leaseMs
  lastBatch
  keepBytes
  sweepId
  config
  command
  waitMs
  idle
}
    `, {"fragmentName":"ClaimFields"}) as unknown as TypedDocumentString<ClaimFieldsFragment, unknown>;
export const FinishFieldsFragmentDoc = new TypedDocumentString(`
    fragment FinishFields on FinishAnswer {
  accepted
  leaseLost
}
    `, {"fragmentName":"FinishFields"}) as unknown as TypedDocumentString<FinishFieldsFragment, unknown>;
export const VerdictFieldsFragmentDoc = new TypedDocumentString(`
    fragment VerdictFields on Reproduction {
  originalId
  reproductionId
  verdict
  step
  metric
  evidence
  differences
  judgedAt
}
    `, {"fragmentName":"VerdictFields"}) as unknown as TypedDocumentString<VerdictFieldsFragment, unknown>;
export const SeriesFieldsFragmentDoc = new TypedDocumentString(`
    fragment SeriesFields on Series {
  name
  count
  exact
  steps
  values
  times
}
    `, {"fragmentName":"SeriesFields"}) as unknown as TypedDocumentString<SeriesFieldsFragment, unknown>;
export const SweepControlFragmentDoc = new TypedDocumentString(`
    fragment SweepControl on Sweep {
  id
  name
  state
  runCap
  stopRules
  referencePoint
  endReason
  plannedTrials
}
    `, {"fragmentName":"SweepControl"}) as unknown as TypedDocumentString<SweepControlFragment, unknown>;
export const RunEvaluationFragmentDoc = new TypedDocumentString(`
    fragment RunEvaluation on Evaluation {
  name
  role
  datasetHash
  items
  tokens
  loss
  bitsPerByte
  baseLoss
  baseBitsPerByte
}
    `, {"fragmentName":"RunEvaluation"}) as unknown as TypedDocumentString<RunEvaluationFragment, unknown>;
export const RunFilesFragmentDoc = new TypedDocumentString(`
    fragment RunFiles on Run {
  artifacts {
    name
    sha256
    bytes
  }
  datasets {
    use
    path
    contentHash
    dataset {
      hash
      contentHash
      name
      examples
      bytes
    }
  }
}
    `, {"fragmentName":"RunFiles"}) as unknown as TypedDocumentString<RunFilesFragment, unknown>;
export const BundledRunFragmentDoc = new TypedDocumentString(`
    fragment BundledRun on Run {
  id
  name
  state
  config
  seed
  origin
  provenance
  manifestHash
  summary
  error
  stopReason
  startedAt
  endedAt
  notes
  group
  parentId
  reproduces
  tags
  params
  sweepId
  trialId
  trialNumber
  configHash
  metrics {
    name
    count
  }
  project {
    name
  }
  evaluations {
    ...RunEvaluation
    distance
    suiteHash
    scores {
      score
      baseKey
    }
  }
  ...RunFiles
}
    fragment RunEvaluation on Evaluation {
  name
  role
  datasetHash
  items
  tokens
  loss
  bitsPerByte
  baseLoss
  baseBitsPerByte
}
fragment RunFiles on Run {
  artifacts {
    name
    sha256
    bytes
  }
  datasets {
    use
    path
    contentHash
    dataset {
      hash
      contentHash
      name
      examples
      bytes
    }
  }
}`, {"fragmentName":"BundledRun"}) as unknown as TypedDocumentString<BundledRunFragment, unknown>;
export const GateFieldsFragmentDoc = new TypedDocumentString(`
    fragment GateFields on GateRecord {
  id
  runId
  verdict
  why
  policyName
  policyHash
  evidence
  inputs
  judgedAt
}
    `, {"fragmentName":"GateFields"}) as unknown as TypedDocumentString<GateFieldsFragment, unknown>;
export const AdapterVersionFieldsFragmentDoc = new TypedDocumentString(`
    fragment AdapterVersionFields on AdapterVersion {
  version
  runId
  verdict
  policyHash
  because
  rank
  trainableParameters
  bytes
  shippedAt
}
    `, {"fragmentName":"AdapterVersionFields"}) as unknown as TypedDocumentString<AdapterVersionFieldsFragment, unknown>;
export const AdapterFieldsFragmentDoc = new TypedDocumentString(`
    fragment AdapterFields on Adapter {
  name
  project {
    name
  }
  current {
    ...AdapterVersionFields
  }
  versions {
    ...AdapterVersionFields
  }
  events {
    action
    version
    because
    at
  }
}
    fragment AdapterVersionFields on AdapterVersion {
  version
  runId
  verdict
  policyHash
  because
  rank
  trainableParameters
  bytes
  shippedAt
}`, {"fragmentName":"AdapterFields"}) as unknown as TypedDocumentString<AdapterFieldsFragment, unknown>;
export const TokenFieldsFragmentDoc = new TypedDocumentString(`
    fragment TokenFields on AccessToken {
  id
  name
  role
  projectIds
  createdAt
  expiresAt
  lastUsedAt
  revokedAt
}
    `, {"fragmentName":"TokenFields"}) as unknown as TypedDocumentString<TokenFieldsFragment, unknown>;
export const CreateSweepDocument = new TypedDocumentString(`
    mutation CreateSweep($input: CreateSweepInput!) {
  createSweep(input: $input) {
    id
    name
    plannedTrials
    config
  }
}
    `) as unknown as TypedDocumentString<CreateSweepMutation, CreateSweepMutationVariables>;
export const RegisterWorkerDocument = new TypedDocumentString(`
    mutation RegisterWorker($input: RegisterWorkerInput!) {
  registerWorker(input: $input) {
    id
    name
  }
}
    `) as unknown as TypedDocumentString<RegisterWorkerMutation, RegisterWorkerMutationVariables>;
export const ClaimTrialDocument = new TypedDocumentString(`
    mutation ClaimTrial($input: ClaimInput!) {
  claimTrial(input: $input) {
    ...ClaimFields
  }
}
    fragment ClaimFields on Claim {
  trial {
    id
    number
    parameters
  }
  run {
    id
    name
    seed
  }
  leaseToken
  leaseMs
  lastBatch
  keepBytes
  sweepId
  config
  command
  waitMs
  idle
}`) as unknown as TypedDocumentString<ClaimTrialMutation, ClaimTrialMutationVariables>;
export const OpenRunDocument = new TypedDocumentString(`
    mutation OpenRun($input: OpenRunInput!) {
  openRun(input: $input) {
    ...ClaimFields
  }
}
    fragment ClaimFields on Claim {
  trial {
    id
    number
    parameters
  }
  run {
    id
    name
    seed
  }
  leaseToken
  leaseMs
  lastBatch
  keepBytes
  sweepId
  config
  command
  waitMs
  idle
}`) as unknown as TypedDocumentString<OpenRunMutation, OpenRunMutationVariables>;
export const ResumeRunDocument = new TypedDocumentString(`
    mutation ResumeRun($input: ResumeRunInput!) {
  resumeRun(input: $input) {
    ...ClaimFields
  }
}
    fragment ClaimFields on Claim {
  trial {
    id
    number
    parameters
  }
  run {
    id
    name
    seed
  }
  leaseToken
  leaseMs
  lastBatch
  keepBytes
  sweepId
  config
  command
  waitMs
  idle
}`) as unknown as TypedDocumentString<ResumeRunMutation, ResumeRunMutationVariables>;
export const RecordedStepsDocument = new TypedDocumentString(`
    query RecordedSteps($id: ID!) {
  run(id: $id) {
    id
    metrics {
      name
      lastStep
    }
  }
}
    `) as unknown as TypedDocumentString<RecordedStepsQuery, RecordedStepsQueryVariables>;
export const DescribeRunDocument = new TypedDocumentString(`
    mutation DescribeRun($input: DescribeRunInput!) {
  describeRun(input: $input) {
    id
  }
}
    `) as unknown as TypedDocumentString<DescribeRunMutation, DescribeRunMutationVariables>;
export const ReportProgressDocument = new TypedDocumentString(`
    mutation ReportProgress($input: ProgressInput!) {
  reportProgress(input: $input) {
    accepted
    leaseLost
    stop
    stopReason
  }
}
    `) as unknown as TypedDocumentString<ReportProgressMutation, ReportProgressMutationVariables>;
export const FinishTrialDocument = new TypedDocumentString(`
    mutation FinishTrial($input: FinishInput!) {
  finishTrial(input: $input) {
    ...FinishFields
  }
}
    fragment FinishFields on FinishAnswer {
  accepted
  leaseLost
}`) as unknown as TypedDocumentString<FinishTrialMutation, FinishTrialMutationVariables>;
export const FinishRunDocument = new TypedDocumentString(`
    mutation FinishRun($input: FinishInput!) {
  finishRun(input: $input) {
    ...FinishFields
  }
}
    fragment FinishFields on FinishAnswer {
  accepted
  leaseLost
}`) as unknown as TypedDocumentString<FinishRunMutation, FinishRunMutationVariables>;
export const JudgeReproductionDocument = new TypedDocumentString(`
    mutation JudgeReproduction($input: JudgeInput!) {
  judgeReproduction(input: $input) {
    ...VerdictFields
  }
}
    fragment VerdictFields on Reproduction {
  originalId
  reproductionId
  verdict
  step
  metric
  evidence
  differences
  judgedAt
}`) as unknown as TypedDocumentString<JudgeReproductionMutation, JudgeReproductionMutationVariables>;
export const ExpectedAgreementDocument = new TypedDocumentString(`
    query ExpectedAgreement($runId: ID!, $provenance: JSON!) {
  expectedAgreement(runId: $runId, provenance: $provenance)
}
    `) as unknown as TypedDocumentString<ExpectedAgreementQuery, ExpectedAgreementQueryVariables>;
export const RecordProbesDocument = new TypedDocumentString(`
    mutation RecordProbes($input: [ProbeInput!]!) {
  recordProbes(input: $input) {
    id
    environmentKey
  }
}
    `) as unknown as TypedDocumentString<RecordProbesMutation, RecordProbesMutationVariables>;
export const ProbesDocument = new TypedDocumentString(`
    query Probes($modelHash: String) {
  probes(modelHash: $modelHash) {
    id
    ofRunId
    whatHash
    environmentKey
    environment
    steps
    series
    weightsHash
    weightDistances
    probedAt
  }
}
    `) as unknown as TypedDocumentString<ProbesQuery, ProbesQueryVariables>;
export const RunRecordDocument = new TypedDocumentString(`
    query RunRecord($id: ID!) {
  run(id: $id) {
    id
    name
    state
    sweepId
    trialId
    trialNumber
    config
    configHash
    seed
    provenance
    manifestHash
    seal {
      intact
      problems
    }
    error
    stopReason
    startedAt
    endedAt
    summary
    reproduces
    project {
      name
    }
    evaluations {
      ...RunEvaluation
    }
    reproductions {
      ...VerdictFields
    }
    ...RunFiles
  }
}
    fragment VerdictFields on Reproduction {
  originalId
  reproductionId
  verdict
  step
  metric
  evidence
  differences
  judgedAt
}
fragment RunEvaluation on Evaluation {
  name
  role
  datasetHash
  items
  tokens
  loss
  bitsPerByte
  baseLoss
  baseBitsPerByte
}
fragment RunFiles on Run {
  artifacts {
    name
    sha256
    bytes
  }
  datasets {
    use
    path
    contentHash
    dataset {
      hash
      contentHash
      name
      examples
      bytes
    }
  }
}`) as unknown as TypedDocumentString<RunRecordQuery, RunRecordQueryVariables>;
export const RunSeriesDocument = new TypedDocumentString(`
    query RunSeries($id: ID!, $maxPoints: Int!) {
  run(id: $id) {
    id
    series(maxPoints: $maxPoints) {
      ...SeriesFields
    }
  }
}
    fragment SeriesFields on Series {
  name
  count
  exact
  steps
  values
  times
}`) as unknown as TypedDocumentString<RunSeriesQuery, RunSeriesQueryVariables>;
export const RunLogDocument = new TypedDocumentString(`
    query RunLog($id: ID!, $lastLines: Int!) {
  run(id: $id) {
    id
    log(lastLines: $lastLines)
  }
}
    `) as unknown as TypedDocumentString<RunLogQuery, RunLogQueryVariables>;
export const SweepProgressDocument = new TypedDocumentString(`
    query SweepProgress($id: ID!) {
  sweep(id: $id) {
    id
    name
    state
    metric
    config
    plannedTrials
    trialCounts
    recommendation
    paretoFront {
      trials {
        number
      }
      hypervolume
      referencePoint
      isReferenceFixed
      feasible
      infeasible
    }
    best {
      id
      number
    }
    trials {
      id
      number
      state
      parameters
      objective
      outcomes
      attempts
      run {
        id
        state
        config
        summary
        error
        stopReason
        metrics {
          name
          last
          lastStep
        }
        startedAt
        endedAt
      }
    }
  }
}
    `) as unknown as TypedDocumentString<SweepProgressQuery, SweepProgressQueryVariables>;
export const SweepsDocument = new TypedDocumentString(`
    query Sweeps($states: [SweepState!], $first: Int!) {
  sweeps(states: $states, first: $first) {
    items {
      id
      name
      state
      createdAt
      trialCounts
    }
  }
}
    `) as unknown as TypedDocumentString<SweepsQuery, SweepsQueryVariables>;
export const WorkersDocument = new TypedDocumentString(`
    query Workers {
  workers {
    id
    name
    state
  }
}
    `) as unknown as TypedDocumentString<WorkersQuery, WorkersQueryVariables>;
export const StopRunDocument = new TypedDocumentString(`
    mutation StopRun($id: ID!) {
  stopRun(id: $id) {
    id
    state
  }
}
    `) as unknown as TypedDocumentString<StopRunMutation, StopRunMutationVariables>;
export const SweepCurvesDocument = new TypedDocumentString(`
    query SweepCurves($id: ID!, $names: [String!], $maxPoints: Int!) {
  sweep(id: $id) {
    id
    name
    metric
    config
    trials {
      number
      parameters
      objective
      outcomes
      run {
        id
        state
        config
        series(names: $names, maxPoints: $maxPoints) {
          ...SeriesFields
        }
      }
    }
  }
}
    fragment SeriesFields on Series {
  name
  count
  exact
  steps
  values
  times
}`) as unknown as TypedDocumentString<SweepCurvesQuery, SweepCurvesQueryVariables>;
export const SweepSuggestionsDocument = new TypedDocumentString(`
    query SweepSuggestions($id: ID!) {
  sweep(id: $id) {
    id
    name
    config
    seed
    runCap
    edits
    warmStart
    trials {
      number
      parameters
      replicate
      historyHash
      historyChanges
      run {
        id
        state
      }
    }
  }
}
    `) as unknown as TypedDocumentString<SweepSuggestionsQuery, SweepSuggestionsQueryVariables>;
export const EditSweepDocument = new TypedDocumentString(`
    mutation EditSweep($id: ID!, $input: SweepEditInput!) {
  editSweep(id: $id, input: $input) {
    ...SweepControl
  }
}
    fragment SweepControl on Sweep {
  id
  name
  state
  runCap
  stopRules
  referencePoint
  endReason
  plannedTrials
}`) as unknown as TypedDocumentString<EditSweepMutation, EditSweepMutationVariables>;
export const PauseSweepDocument = new TypedDocumentString(`
    mutation PauseSweep($id: ID!) {
  pauseSweep(id: $id) {
    ...SweepControl
  }
}
    fragment SweepControl on Sweep {
  id
  name
  state
  runCap
  stopRules
  referencePoint
  endReason
  plannedTrials
}`) as unknown as TypedDocumentString<PauseSweepMutation, PauseSweepMutationVariables>;
export const ResumeSweepDocument = new TypedDocumentString(`
    mutation ResumeSweep($id: ID!) {
  resumeSweep(id: $id) {
    ...SweepControl
  }
}
    fragment SweepControl on Sweep {
  id
  name
  state
  runCap
  stopRules
  referencePoint
  endReason
  plannedTrials
}`) as unknown as TypedDocumentString<ResumeSweepMutation, ResumeSweepMutationVariables>;
export const CancelSweepDocument = new TypedDocumentString(`
    mutation CancelSweep($id: ID!) {
  cancelSweep(id: $id) {
    ...SweepControl
  }
}
    fragment SweepControl on Sweep {
  id
  name
  state
  runCap
  stopRules
  referencePoint
  endReason
  plannedTrials
}`) as unknown as TypedDocumentString<CancelSweepMutation, CancelSweepMutationVariables>;
export const PastRunsDocument = new TypedDocumentString(`
    query PastRuns($model: JSON!) {
  runs(
    filter: {states: [finished], where: [{path: "config.model", op: eq, value: $model}]}
    first: 200
  ) {
    items {
      id
      config
      summary
    }
  }
}
    `) as unknown as TypedDocumentString<PastRunsQuery, PastRunsQueryVariables>;
export const RecordRunDocument = new TypedDocumentString(`
    mutation RecordRun($input: RecordRunInput!) {
  recordRun(input: $input) {
    created
    leaseToken
    run {
      id
      state
    }
  }
}
    `) as unknown as TypedDocumentString<RecordRunMutation, RecordRunMutationVariables>;
export const RevealRunsDocument = new TypedDocumentString(`
    mutation RevealRuns($ids: [ID!]!) {
  revealRuns(ids: $ids)
}
    `) as unknown as TypedDocumentString<RevealRunsMutation, RevealRunsMutationVariables>;
export const CollectGarbageDocument = new TypedDocumentString(`
    mutation CollectGarbage($input: GarbageInput!) {
  collectGarbage(input: $input) {
    dryRun
    before
    runIds
    names
    freed {
      files
      bytes
    }
    trashed {
      files
      bytes
    }
    leftoverBytes
    more
  }
}
    `) as unknown as TypedDocumentString<CollectGarbageMutation, CollectGarbageMutationVariables>;
export const StorageUseDocument = new TypedDocumentString(`
    query StorageUse {
  storage {
    kind
    place
    contents {
      files
      bytes
    }
    unreferenced {
      files
      bytes
    }
    quotaBytes
    projectQuotaBytes
  }
}
    `) as unknown as TypedDocumentString<StorageUseQuery, StorageUseQueryVariables>;
export const DeleteRunsDocument = new TypedDocumentString(`
    mutation DeleteRuns($ids: [ID!]!) {
  deleteRuns(ids: $ids) {
    id
    deletedAt
  }
}
    `) as unknown as TypedDocumentString<DeleteRunsMutation, DeleteRunsMutationVariables>;
export const RestoreRunsDocument = new TypedDocumentString(`
    mutation RestoreRuns($ids: [ID!]!) {
  restoreRuns(ids: $ids) {
    id
    deletedAt
  }
}
    `) as unknown as TypedDocumentString<RestoreRunsMutation, RestoreRunsMutationVariables>;
export const BundledRunsDocument = new TypedDocumentString(`
    query BundledRuns($filter: RunFilter, $first: Int!, $after: String, $lastLines: Int!) {
  runs(
    filter: $filter
    orderBy: [{path: "startedAt"}]
    first: $first
    after: $after
  ) {
    next
    items {
      ...BundledRun
      log(lastLines: $lastLines)
    }
  }
}
    fragment RunEvaluation on Evaluation {
  name
  role
  datasetHash
  items
  tokens
  loss
  bitsPerByte
  baseLoss
  baseBitsPerByte
}
fragment RunFiles on Run {
  artifacts {
    name
    sha256
    bytes
  }
  datasets {
    use
    path
    contentHash
    dataset {
      hash
      contentHash
      name
      examples
      bytes
    }
  }
}
fragment BundledRun on Run {
  id
  name
  state
  config
  seed
  origin
  provenance
  manifestHash
  summary
  error
  stopReason
  startedAt
  endedAt
  notes
  group
  parentId
  reproduces
  tags
  params
  sweepId
  trialId
  trialNumber
  configHash
  metrics {
    name
    count
  }
  project {
    name
  }
  evaluations {
    ...RunEvaluation
    distance
    suiteHash
    scores {
      score
      baseKey
    }
  }
  ...RunFiles
}`) as unknown as TypedDocumentString<BundledRunsQuery, BundledRunsQueryVariables>;
export const KnownRunDocument = new TypedDocumentString(`
    query KnownRun($id: ID!) {
  run(id: $id) {
    id
    state
    startedAt
    configHash
    deletedAt
  }
}
    `) as unknown as TypedDocumentString<KnownRunQuery, KnownRunQueryVariables>;
export const RecordEvaluationDocument = new TypedDocumentString(`
    mutation RecordEvaluation($input: RecordEvaluationInput!) {
  recordEvaluation(input: $input) {
    name
    items
  }
}
    `) as unknown as TypedDocumentString<RecordEvaluationMutation, RecordEvaluationMutationVariables>;
export const BaseScoresDocument = new TypedDocumentString(`
    query BaseScores($keys: [ID!]!) {
  baseScores(keys: $keys) {
    key
    values
  }
}
    `) as unknown as TypedDocumentString<BaseScoresQuery, BaseScoresQueryVariables>;
export const EvaluationItemsDocument = new TypedDocumentString(`
    query EvaluationItems($runId: ID!, $name: String!, $score: String!) {
  evaluationItems(runId: $runId, name: $name, score: $score) {
    goal
    keys
    groups
    values
    weights
    baseValues
  }
}
    `) as unknown as TypedDocumentString<EvaluationItemsQuery, EvaluationItemsQueryVariables>;
export const AlignedItemsDocument = new TypedDocumentString(`
    query AlignedItems($runIds: [ID!]!, $name: String!, $score: String!) {
  alignedItems(runIds: $runIds, name: $name, score: $score) {
    goal
    keys
    values
    weights
    baseValues
    left
  }
}
    `) as unknown as TypedDocumentString<AlignedItemsQuery, AlignedItemsQueryVariables>;
export const JudgeGateDocument = new TypedDocumentString(`
    mutation JudgeGate($input: JudgeGateInput!) {
  judgeGate(input: $input) {
    ...GateFields
  }
}
    fragment GateFields on GateRecord {
  id
  runId
  verdict
  why
  policyName
  policyHash
  evidence
  inputs
  judgedAt
}`) as unknown as TypedDocumentString<JudgeGateMutation, JudgeGateMutationVariables>;
export const ShipAdapterDocument = new TypedDocumentString(`
    mutation ShipAdapter($input: ShipAdapterInput!) {
  shipAdapter(input: $input) {
    adapter {
      ...AdapterFields
    }
    gate {
      ...GateFields
    }
  }
}
    fragment GateFields on GateRecord {
  id
  runId
  verdict
  why
  policyName
  policyHash
  evidence
  inputs
  judgedAt
}
fragment AdapterVersionFields on AdapterVersion {
  version
  runId
  verdict
  policyHash
  because
  rank
  trainableParameters
  bytes
  shippedAt
}
fragment AdapterFields on Adapter {
  name
  project {
    name
  }
  current {
    ...AdapterVersionFields
  }
  versions {
    ...AdapterVersionFields
  }
  events {
    action
    version
    because
    at
  }
}`) as unknown as TypedDocumentString<ShipAdapterMutation, ShipAdapterMutationVariables>;
export const RollBackAdapterDocument = new TypedDocumentString(`
    mutation RollBackAdapter($input: RollBackAdapterInput!) {
  rollBackAdapter(input: $input) {
    ...AdapterFields
  }
}
    fragment AdapterVersionFields on AdapterVersion {
  version
  runId
  verdict
  policyHash
  because
  rank
  trainableParameters
  bytes
  shippedAt
}
fragment AdapterFields on Adapter {
  name
  project {
    name
  }
  current {
    ...AdapterVersionFields
  }
  versions {
    ...AdapterVersionFields
  }
  events {
    action
    version
    because
    at
  }
}`) as unknown as TypedDocumentString<RollBackAdapterMutation, RollBackAdapterMutationVariables>;
export const AdaptersDocument = new TypedDocumentString(`
    query Adapters($project: String) {
  adapters(project: $project) {
    ...AdapterFields
  }
}
    fragment AdapterVersionFields on AdapterVersion {
  version
  runId
  verdict
  policyHash
  because
  rank
  trainableParameters
  bytes
  shippedAt
}
fragment AdapterFields on Adapter {
  name
  project {
    name
  }
  current {
    ...AdapterVersionFields
  }
  versions {
    ...AdapterVersionFields
  }
  events {
    action
    version
    because
    at
  }
}`) as unknown as TypedDocumentString<AdaptersQuery, AdaptersQueryVariables>;
export const OneAdapterDocument = new TypedDocumentString(`
    query OneAdapter($name: String!) {
  adapter(name: $name) {
    ...AdapterFields
  }
}
    fragment AdapterVersionFields on AdapterVersion {
  version
  runId
  verdict
  policyHash
  because
  rank
  trainableParameters
  bytes
  shippedAt
}
fragment AdapterFields on Adapter {
  name
  project {
    name
  }
  current {
    ...AdapterVersionFields
  }
  versions {
    ...AdapterVersionFields
  }
  events {
    action
    version
    because
    at
  }
}`) as unknown as TypedDocumentString<OneAdapterQuery, OneAdapterQueryVariables>;
export const AdapterFilesDocument = new TypedDocumentString(`
    query AdapterFiles($name: String!) {
  adapter(name: $name) {
    current {
      version
    }
    versions {
      version
      runId
      files {
        name
        sha256
        bytes
      }
    }
  }
}
    `) as unknown as TypedDocumentString<AdapterFilesQuery, AdapterFilesQueryVariables>;
export const RunScoresDocument = new TypedDocumentString(`
    query RunScores($id: ID!) {
  run(id: $id) {
    evaluations {
      name
      scores {
        score
      }
    }
  }
}
    `) as unknown as TypedDocumentString<RunScoresQuery, RunScoresQueryVariables>;
export const ComparedItemsDocument = new TypedDocumentString(`
    query ComparedItems($runIds: [ID!]!, $run: ID!, $name: String!, $score: String!) {
  alignedItems(runIds: $runIds, name: $name, score: $score) {
    goal
    keys
    values
    weights
  }
  evaluationItems(runId: $run, name: $name, score: $score) {
    keys
    groups
  }
}
    `) as unknown as TypedDocumentString<ComparedItemsQuery, ComparedItemsQueryVariables>;
export const CreateTokenDocument = new TypedDocumentString(`
    mutation CreateToken($input: CreateTokenInput!) {
  createToken(input: $input) {
    secret
    token {
      ...TokenFields
    }
  }
}
    fragment TokenFields on AccessToken {
  id
  name
  role
  projectIds
  createdAt
  expiresAt
  lastUsedAt
  revokedAt
}`) as unknown as TypedDocumentString<CreateTokenMutation, CreateTokenMutationVariables>;
export const TokensDocument = new TypedDocumentString(`
    query Tokens {
  tokens {
    ...TokenFields
  }
}
    fragment TokenFields on AccessToken {
  id
  name
  role
  projectIds
  createdAt
  expiresAt
  lastUsedAt
  revokedAt
}`) as unknown as TypedDocumentString<TokensQuery, TokensQueryVariables>;
export const RevokeTokenDocument = new TypedDocumentString(`
    mutation RevokeToken($id: ID!) {
  revokeToken(id: $id) {
    ...TokenFields
  }
}
    fragment TokenFields on AccessToken {
  id
  name
  role
  projectIds
  createdAt
  expiresAt
  lastUsedAt
  revokedAt
}`) as unknown as TypedDocumentString<RevokeTokenMutation, RevokeTokenMutationVariables>;
export const SpotCheckRunsDocument = new TypedDocumentString(`
    query SpotCheckRuns($first: Int!) {
  last: runs(
    filter: {where: [{path: "tag.spotcheck", op: exists, value: true}]}
    orderBy: [{path: "startedAt", direction: desc}]
    first: 1
  ) {
    items {
      startedAt
    }
  }
  candidates: runs(
    filter: {states: [finished]}
    orderBy: [{path: "startedAt", direction: desc}]
    first: $first
  ) {
    items {
      id
      reproduces
      manifestHash
    }
  }
}
    `) as unknown as TypedDocumentString<SpotCheckRunsQuery, SpotCheckRunsQueryVariables>;
export const TagSpotCheckDocument = new TypedDocumentString(`
    mutation TagSpotCheck($input: AnnotateRunInput!) {
  annotateRun(input: $input) {
    id
  }
}
    `) as unknown as TypedDocumentString<TagSpotCheckMutation, TagSpotCheckMutationVariables>;
