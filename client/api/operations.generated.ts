// Made by scripts/generate-api.mjs from the .graphql files beside it and schema.gql. Do not edit.
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
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

export type Direction =
  | 'asc'
  | 'desc';

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

export type OrderBy = {
  direction?: Direction;
  /** config.lora.rank · provenance.git.commit · facts.tokens · metric.NAME (its last value), metric.NAME:best, :best(maximize), :min, :max, :mean, :count, :at(STEP), :mean(STEP,STEP) · tag.KEY · id · name · state · project · group · parent · origin · notes · sweep · trial · seed · startedAt · endedAt · configHash · dataset (its hash) */
  path: string;
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

export type RunState =
  | 'cancelled'
  | 'diverged'
  | 'failed'
  | 'finished'
  | 'lost'
  | 'running'
  | 'stopped';

export type SweepState =
  | 'cancelled'
  | 'finished'
  | 'paused'
  | 'running';

export type TrialState =
  | 'cancelled'
  | 'diverged'
  | 'failed'
  | 'finished'
  | 'queued'
  | 'running'
  | 'stopped';

export type GateShownFragment = { id: string, verdict: GateVerdict, why: string, policyName: string, policyHash: string, evidence: any, judgedAt: string };

export type RunGatesQueryVariables = Exact<{
  id: string;
}>;


export type RunGatesQuery = { run: { id: string, gates: Array<{ id: string, verdict: GateVerdict, why: string, policyName: string, policyHash: string, evidence: any, judgedAt: string }>, shippedAs: Array<{ name: string, version: number, because: string | null, shippedAt: string }> } | null };

export type AdaptersPageQueryVariables = Exact<{ [key: string]: never; }>;


export type AdaptersPageQuery = { adapters: Array<{ name: string, project: { name: string }, current: { version: number }, versions: Array<{ version: number, runId: string, verdict: GateVerdict, policyHash: string, because: string | null, rank: number | null, trainableParameters: number | null, bytes: number, shippedAt: string, gate: { policyName: string, why: string } }>, events: Array<{ number: number, action: string, version: number, because: string | null, at: string }> }> };

export type CompareRunsQueryVariables = Exact<{
  ids: Array<string> | string;
}>;


export type CompareRunsQuery = { compareRuns: { runs: Array<{ id: string, name: string, state: RunState, config: any, summary: any, startedAt: string, endedAt: string | null, project: { name: string }, evaluations: Array<{ name: string, role: EvaluationRole, distance: string | null, items: number, tokens: number, loss: number | 'NaN' | 'Infinity' | '-Infinity', baseLoss: number | 'NaN' | 'Infinity' | '-Infinity', scores: Array<{ score: string, goal: Goal, count: number, value: number | 'NaN' | 'Infinity' | '-Infinity', baseValue: number | 'NaN' | 'Infinity' | '-Infinity' | null }> }> }>, paths: Array<{ path: string, values: any, differs: boolean }> } };

export type ComparedEvaluationsQueryVariables = Exact<{
  runIds: Array<string> | string;
  baseline?: string | null | undefined;
}>;


export type ComparedEvaluationsQuery = { comparedEvaluations: Array<{ runId: string, name: string, role: EvaluationRole, score: string, items: number, gain: number | 'NaN' | 'Infinity' | '-Infinity', low: number | 'NaN' | 'Infinity' | '-Infinity', high: number | 'NaN' | 'Infinity' | '-Infinity', better: string | null, words: string }> };

export type CurveSeriesFragment = { name: string, count: number, exact: boolean, steps: number[], values: (number | 'NaN' | 'Infinity' | '-Infinity')[], minimums: (number | 'NaN' | 'Infinity' | '-Infinity')[] | null, maximums: (number | 'NaN' | 'Infinity' | '-Infinity')[] | null, means: (number | 'NaN' | 'Infinity' | '-Infinity')[] | null };

export type CurvesQueryVariables = Exact<{
  filter?: RunFilter | null | undefined;
  names?: Array<string> | string | null | undefined;
  maxPoints: number;
  first: number;
  withTimes?: boolean | null | undefined;
}>;


export type CurvesQuery = { runs: { items: Array<{ id: string, name: string, state: RunState, startedAt: string, series: Array<{ times?: number[], name: string, count: number, exact: boolean, steps: number[], values: (number | 'NaN' | 'Infinity' | '-Infinity')[], minimums: (number | 'NaN' | 'Infinity' | '-Infinity')[] | null, maximums: (number | 'NaN' | 'Infinity' | '-Infinity')[] | null, means: (number | 'NaN' | 'Infinity' | '-Infinity')[] | null }> }> } };

export type FitCurvesQueryVariables = Exact<{
  id: string;
  names?: Array<string> | string | null | undefined;
  maxPoints: number;
}>;


export type FitCurvesQuery = { run: { id: string, series: Array<{ name: string, count: number, exact: boolean, steps: number[], values: (number | 'NaN' | 'Infinity' | '-Infinity')[], minimums: (number | 'NaN' | 'Infinity' | '-Infinity')[] | null, maximums: (number | 'NaN' | 'Infinity' | '-Infinity')[] | null, means: (number | 'NaN' | 'Infinity' | '-Infinity')[] | null }> } | null };

export type DatasetsTableQueryVariables = Exact<{ [key: string]: never; }>;


export type DatasetsTableQuery = { datasets: Array<{ hash: string, name: string, examples: number, bytes: number, firstSeenAt: string, uses: Array<{ use: string, runs: number }>, checks: Array<{ key: string, counts: any }> }> };

export type DatasetPageQueryVariables = Exact<{
  hash: string;
}>;


export type DatasetPageQuery = { dataset: { hash: string, contentHash: string, name: string, examples: number, bytes: number, firstSeenAt: string, uses: Array<{ use: string, runs: number }>, checks: Array<{ key: string, version: number, examples: number, files: any, counts: any, findings: any, checkedAt: string }> } | null };

export type RunDetailsQueryVariables = Exact<{
  id: string;
}>;


export type RunDetailsQuery = { run: { id: string, name: string, state: RunState, sweepId: string | null, trialId: string | null, trialNumber: number | null, workerId: string | null, config: any, configHash: string, seed: number | null, provenance: any, error: string | null, stopReason: string | null, startedAt: string, endedAt: string | null, summary: any, metricNames: Array<string>, reproduces: string | null, origin: string, notes: string | null, group: string | null, parentId: string | null, deletedAt: string | null, tags: any, log: Array<string>, project: { name: string }, evaluations: Array<{ name: string, role: EvaluationRole, distance: string | null, datasetHash: string, items: number, tokens: number, loss: number | 'NaN' | 'Infinity' | '-Infinity', bitsPerByte: number | 'NaN' | 'Infinity' | '-Infinity', baseLoss: number | 'NaN' | 'Infinity' | '-Infinity', baseBitsPerByte: number | 'NaN' | 'Infinity' | '-Infinity', scores: Array<{ score: string, goal: Goal, count: number, value: number | 'NaN' | 'Infinity' | '-Infinity', baseValue: number | 'NaN' | 'Infinity' | '-Infinity' | null }> }>, datasets: Array<{ use: string, path: string, dataset: { hash: string, contentHash: string, name: string, examples: number, bytes: number } }>, artifacts: Array<{ name: string, sha256: string, bytes: number }>, loggedModels: Array<{ id: string, name: string, use: string, files: Array<{ name: string, sha256: string, bytes: number }> }>, reproductions: Array<{ originalId: string, reproductionId: string, verdict: string, step: number | null, metric: string | null, evidence: any, differences: any, judgedAt: string }> } | null };

export type StopRunMutationVariables = Exact<{
  id: string;
}>;


export type StopRunMutation = { stopRun: { id: string, state: RunState } };

export type LineageQueryVariables = Exact<{
  runId: string;
}>;


export type LineageQuery = { lineage: { isCut: boolean, runs: Array<{ id: string, name: string, state: RunState }>, links: Array<{ runId: string, fromId: string, kind: string, step: number | null }> } };

export type RunSealQueryVariables = Exact<{
  id: string;
}>;


export type RunSealQuery = { run: { id: string, seal: { sha256: string, intact: boolean, problems: Array<string> } | null } | null };

export type RunsTableQueryVariables = Exact<{
  filter?: RunFilter | null | undefined;
  orderBy?: Array<OrderBy> | OrderBy | null | undefined;
  first: number;
  after?: string | null | undefined;
  metrics: boolean;
}>;


export type RunsTableQuery = { runs: { total: number, next: string | null, items: Array<{ id: string, name: string, state: RunState, sweepId: string | null, trialNumber: number | null, config: any, summary: any, startedAt: string, endedAt: string | null, project: { name: string }, metrics?: Array<{ name: string, count: number, last: number | 'NaN' | 'Infinity' | '-Infinity', min: number | 'NaN' | 'Infinity' | '-Infinity' | null, max: number | 'NaN' | 'Infinity' | '-Infinity' | null, nanCount: number }> }> } };

export type RunKeysQueryVariables = Exact<{
  filter?: RunFilter | null | undefined;
}>;


export type RunKeysQuery = { runKeys: { configPaths: Array<string>, metricNames: Array<string> } };

export type RunningRunsQueryVariables = Exact<{ [key: string]: never; }>;


export type RunningRunsQuery = { runs: { total: number } };

export type StoragePageQueryVariables = Exact<{ [key: string]: never; }>;


export type StoragePageQuery = { storage: { kind: string, place: string, runsInTrash: number, quotaBytes: number | null, projectQuotaBytes: number | null, contents: { files: number, bytes: number }, names: { files: number, bytes: number }, unreferenced: { files: number, bytes: number }, projects: Array<{ files: number, bytes: number, project: { id: string, name: string } }> }, runs: { total: number, items: Array<{ id: string, name: string, deletedAt: string | null, project: { name: string } }> } };

export type CleanUpMutationVariables = Exact<{
  input: GarbageInput;
}>;


export type CleanUpMutation = { collectGarbage: { dryRun: boolean, runIds: Array<string>, names: number, leftoverBytes: number, more: boolean, freed: { files: number, bytes: number }, trashed: { files: number, bytes: number } } };

export type DeleteRunsMutationVariables = Exact<{
  ids: Array<string> | string;
}>;


export type DeleteRunsMutation = { deleteRuns: Array<{ id: string, deletedAt: string | null }> };

export type RestoreRunsMutationVariables = Exact<{
  ids: Array<string> | string;
}>;


export type RestoreRunsMutation = { restoreRuns: Array<{ id: string, deletedAt: string | null }> };

export type RunLogSearchQueryVariables = Exact<{
  id: string;
  containing: string;
}>;


export type RunLogSearchQuery = { run: { id: string, log: Array<string> } | null };

export type SweepsTableQueryVariables = Exact<{
  first: number;
}>;


export type SweepsTableQuery = { sweeps: { total: number, items: Array<{ id: string, name: string, state: SweepState, method: string, metric: any, createdAt: string, endedAt: string | null, plannedTrials: number | null, trialCounts: any, project: { name: string }, best: { id: string, number: number, objective: number | 'NaN' | 'Infinity' | '-Infinity' | null, run: { id: string, name: string } | null } | null }> } };

export type SweepDetailsQueryVariables = Exact<{
  id: string;
}>;


export type SweepDetailsQuery = { sweep: { id: string, name: string, state: SweepState, method: string, metric: any, seed: number, runCap: number | null, plannedTrials: number | null, config: any, yaml: string, source: string | null, createdAt: string, endedAt: string | null, trialCounts: any, recommendation: any, paretoFront: { hypervolume: number | null, referencePoint: any, isReferenceFixed: boolean, feasible: Array<number>, infeasible: Array<number>, trials: Array<{ id: string, number: number }> } | null, project: { name: string }, best: { id: string } | null, trials: Array<{ id: string, number: number, state: TrialState, parameters: any, why: any, objective: number | 'NaN' | 'Infinity' | '-Infinity' | null, outcomes: any, attempts: number, createdAt: string, endedAt: string | null, run: { id: string, name: string, state: RunState, stopReason: string | null, error: string | null, summary: any, startedAt: string, endedAt: string | null, workerId: string | null, evaluations: Array<{ role: EvaluationRole, name: string, items: number, tokens: number, loss: number | 'NaN' | 'Infinity' | '-Infinity', baseLoss: number | 'NaN' | 'Infinity' | '-Infinity' }> } | null }> } | null };

export type PauseSweepMutationVariables = Exact<{
  id: string;
}>;


export type PauseSweepMutation = { pauseSweep: { id: string, state: SweepState } };

export type ResumeSweepMutationVariables = Exact<{
  id: string;
}>;


export type ResumeSweepMutation = { resumeSweep: { id: string, state: SweepState } };

export type CancelSweepMutationVariables = Exact<{
  id: string;
}>;


export type CancelSweepMutation = { cancelSweep: { id: string, state: SweepState } };

export type SweepSearchQueryVariables = Exact<{
  id: string;
  hasRungs: boolean;
}>;


export type SweepSearchQuery = { sweep: { id: string, importance: { explained: number | null, trials: number, leftOut: Array<string>, shares: Array<{ parameters: Array<string>, share: number, deviation: number }> }, slices: Array<{ parameter: string, kind: string, heldAtTrial: number | null, values: any, means: (number | 'NaN' | 'Infinity' | '-Infinity')[], lows: (number | 'NaN' | 'Infinity' | '-Infinity')[], highs: (number | 'NaN' | 'Infinity' | '-Infinity')[] }>, trials?: Array<{ number: number, stopDecisions: Array<{ runId: string, rung: number, step: number, value: number | 'NaN' | 'Infinity' | '-Infinity', threshold: number | 'NaN' | 'Infinity' | '-Infinity' | null, stop: boolean, peers: number, metric: string | null, why: string }> }> } | null };

export type WorkersTableQueryVariables = Exact<{ [key: string]: never; }>;


export type WorkersTableQuery = { workers: Array<{ id: string, name: string, host: string, device: any, state: string, currentRunId: string | null, startedAt: string, lastSeenAt: string }> };

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
export const GateShownFragmentDoc = new TypedDocumentString(`
    fragment GateShown on GateRecord {
  id
  verdict
  why
  policyName
  policyHash
  evidence
  judgedAt
}
    `, {"fragmentName":"GateShown"}) as unknown as TypedDocumentString<GateShownFragment, unknown>;
export const CurveSeriesFragmentDoc = new TypedDocumentString(`
    fragment CurveSeries on Series {
  name
  count
  exact
  steps
  values
  minimums
  maximums
  means
}
    `, {"fragmentName":"CurveSeries"}) as unknown as TypedDocumentString<CurveSeriesFragment, unknown>;
export const RunGatesDocument = new TypedDocumentString(`
    query RunGates($id: ID!) {
  run(id: $id) {
    id
    gates {
      ...GateShown
    }
    shippedAs {
      name
      version
      because
      shippedAt
    }
  }
}
    fragment GateShown on GateRecord {
  id
  verdict
  why
  policyName
  policyHash
  evidence
  judgedAt
}`) as unknown as TypedDocumentString<RunGatesQuery, RunGatesQueryVariables>;
export const AdaptersPageDocument = new TypedDocumentString(`
    query AdaptersPage {
  adapters {
    name
    project {
      name
    }
    current {
      version
    }
    versions {
      version
      runId
      verdict
      policyHash
      because
      rank
      trainableParameters
      bytes
      shippedAt
      gate {
        policyName
        why
      }
    }
    events {
      number
      action
      version
      because
      at
    }
  }
}
    `) as unknown as TypedDocumentString<AdaptersPageQuery, AdaptersPageQueryVariables>;
export const CompareRunsDocument = new TypedDocumentString(`
    query CompareRuns($ids: [ID!]!) {
  compareRuns(ids: $ids) {
    runs {
      id
      name
      state
      config
      summary
      startedAt
      endedAt
      project {
        name
      }
      evaluations {
        name
        role
        distance
        items
        tokens
        loss
        baseLoss
        scores {
          score
          goal
          count
          value
          baseValue
        }
      }
    }
    paths {
      path
      values
      differs
    }
  }
}
    `) as unknown as TypedDocumentString<CompareRunsQuery, CompareRunsQueryVariables>;
export const ComparedEvaluationsDocument = new TypedDocumentString(`
    query ComparedEvaluations($runIds: [ID!]!, $baseline: ID) {
  comparedEvaluations(runIds: $runIds, baseline: $baseline) {
    runId
    name
    role
    score
    items
    gain
    low
    high
    better
    words
  }
}
    `) as unknown as TypedDocumentString<ComparedEvaluationsQuery, ComparedEvaluationsQueryVariables>;
export const CurvesDocument = new TypedDocumentString(`
    query Curves($filter: RunFilter, $names: [String!], $maxPoints: Int!, $first: Int!, $withTimes: Boolean = false) {
  runs(filter: $filter, first: $first) {
    items {
      id
      name
      state
      startedAt
      series(names: $names, maxPoints: $maxPoints) {
        ...CurveSeries
        times @include(if: $withTimes)
      }
    }
  }
}
    fragment CurveSeries on Series {
  name
  count
  exact
  steps
  values
  minimums
  maximums
  means
}`) as unknown as TypedDocumentString<CurvesQuery, CurvesQueryVariables>;
export const FitCurvesDocument = new TypedDocumentString(`
    query FitCurves($id: ID!, $names: [String!], $maxPoints: Int!) {
  run(id: $id) {
    id
    series(names: $names, maxPoints: $maxPoints) {
      ...CurveSeries
    }
  }
}
    fragment CurveSeries on Series {
  name
  count
  exact
  steps
  values
  minimums
  maximums
  means
}`) as unknown as TypedDocumentString<FitCurvesQuery, FitCurvesQueryVariables>;
export const DatasetsTableDocument = new TypedDocumentString(`
    query DatasetsTable {
  datasets(first: 1000) {
    hash
    name
    examples
    bytes
    firstSeenAt
    uses {
      use
      runs
    }
    checks {
      key
      counts
    }
  }
}
    `) as unknown as TypedDocumentString<DatasetsTableQuery, DatasetsTableQueryVariables>;
export const DatasetPageDocument = new TypedDocumentString(`
    query DatasetPage($hash: ID!) {
  dataset(hash: $hash) {
    hash
    contentHash
    name
    examples
    bytes
    firstSeenAt
    uses {
      use
      runs
    }
    checks {
      key
      version
      examples
      files
      counts
      findings
      checkedAt
    }
  }
}
    `) as unknown as TypedDocumentString<DatasetPageQuery, DatasetPageQueryVariables>;
export const RunDetailsDocument = new TypedDocumentString(`
    query RunDetails($id: ID!) {
  run(id: $id) {
    id
    name
    state
    sweepId
    trialId
    trialNumber
    workerId
    config
    configHash
    seed
    provenance
    error
    stopReason
    startedAt
    endedAt
    summary
    metricNames
    reproduces
    origin
    notes
    group
    parentId
    deletedAt
    tags
    project {
      name
    }
    evaluations {
      name
      role
      distance
      datasetHash
      items
      tokens
      loss
      bitsPerByte
      baseLoss
      baseBitsPerByte
      scores {
        score
        goal
        count
        value
        baseValue
      }
    }
    datasets {
      use
      path
      dataset {
        hash
        contentHash
        name
        examples
        bytes
      }
    }
    artifacts {
      name
      sha256
      bytes
    }
    loggedModels {
      id
      name
      use
      files {
        name
        sha256
        bytes
      }
    }
    reproductions {
      originalId
      reproductionId
      verdict
      step
      metric
      evidence
      differences
      judgedAt
    }
    log(lastLines: 200)
  }
}
    `) as unknown as TypedDocumentString<RunDetailsQuery, RunDetailsQueryVariables>;
export const StopRunDocument = new TypedDocumentString(`
    mutation StopRun($id: ID!) {
  stopRun(id: $id) {
    id
    state
  }
}
    `) as unknown as TypedDocumentString<StopRunMutation, StopRunMutationVariables>;
export const LineageDocument = new TypedDocumentString(`
    query Lineage($runId: ID!) {
  lineage(runId: $runId) {
    runs {
      id
      name
      state
    }
    links {
      runId
      fromId
      kind
      step
    }
    isCut
  }
}
    `) as unknown as TypedDocumentString<LineageQuery, LineageQueryVariables>;
export const RunSealDocument = new TypedDocumentString(`
    query RunSeal($id: ID!) {
  run(id: $id) {
    id
    seal {
      sha256
      intact
      problems
    }
  }
}
    `) as unknown as TypedDocumentString<RunSealQuery, RunSealQueryVariables>;
export const RunsTableDocument = new TypedDocumentString(`
    query RunsTable($filter: RunFilter, $orderBy: [OrderBy!], $first: Int!, $after: String, $metrics: Boolean!) {
  runs(filter: $filter, orderBy: $orderBy, first: $first, after: $after) {
    total
    next
    items {
      id
      name
      state
      sweepId
      trialNumber
      config
      summary
      startedAt
      endedAt
      project {
        name
      }
      metrics @include(if: $metrics) {
        name
        count
        last
        min
        max
        nanCount
      }
    }
  }
}
    `) as unknown as TypedDocumentString<RunsTableQuery, RunsTableQueryVariables>;
export const RunKeysDocument = new TypedDocumentString(`
    query RunKeys($filter: RunFilter) {
  runKeys(filter: $filter) {
    configPaths
    metricNames
  }
}
    `) as unknown as TypedDocumentString<RunKeysQuery, RunKeysQueryVariables>;
export const RunningRunsDocument = new TypedDocumentString(`
    query RunningRuns {
  runs(filter: {states: [running]}, first: 1) {
    total
  }
}
    `) as unknown as TypedDocumentString<RunningRunsQuery, RunningRunsQueryVariables>;
export const StoragePageDocument = new TypedDocumentString(`
    query StoragePage {
  storage {
    kind
    place
    contents {
      files
      bytes
    }
    names {
      files
      bytes
    }
    unreferenced {
      files
      bytes
    }
    runsInTrash
    quotaBytes
    projectQuotaBytes
    projects {
      files
      bytes
      project {
        id
        name
      }
    }
  }
  runs(filter: {deleted: true}, first: 100) {
    total
    items {
      id
      name
      deletedAt
      project {
        name
      }
    }
  }
}
    `) as unknown as TypedDocumentString<StoragePageQuery, StoragePageQueryVariables>;
export const CleanUpDocument = new TypedDocumentString(`
    mutation CleanUp($input: GarbageInput!) {
  collectGarbage(input: $input) {
    dryRun
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
    `) as unknown as TypedDocumentString<CleanUpMutation, CleanUpMutationVariables>;
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
export const RunLogSearchDocument = new TypedDocumentString(`
    query RunLogSearch($id: ID!, $containing: String!) {
  run(id: $id) {
    id
    log(lastLines: 200, containing: $containing)
  }
}
    `) as unknown as TypedDocumentString<RunLogSearchQuery, RunLogSearchQueryVariables>;
export const SweepsTableDocument = new TypedDocumentString(`
    query SweepsTable($first: Int!) {
  sweeps(first: $first) {
    total
    items {
      id
      name
      state
      method
      metric
      createdAt
      endedAt
      plannedTrials
      trialCounts
      project {
        name
      }
      best {
        id
        number
        objective
        run {
          id
          name
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<SweepsTableQuery, SweepsTableQueryVariables>;
export const SweepDetailsDocument = new TypedDocumentString(`
    query SweepDetails($id: ID!) {
  sweep(id: $id) {
    id
    name
    state
    method
    metric
    seed
    runCap
    plannedTrials
    config
    yaml
    source
    createdAt
    endedAt
    trialCounts
    recommendation
    paretoFront {
      trials {
        id
        number
      }
      hypervolume
      referencePoint
      isReferenceFixed
      feasible
      infeasible
    }
    project {
      name
    }
    best {
      id
    }
    trials {
      id
      number
      state
      parameters
      why
      objective
      outcomes
      attempts
      createdAt
      endedAt
      run {
        id
        name
        state
        stopReason
        error
        summary
        startedAt
        endedAt
        workerId
        evaluations {
          role
          name
          items
          tokens
          loss
          baseLoss
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<SweepDetailsQuery, SweepDetailsQueryVariables>;
export const PauseSweepDocument = new TypedDocumentString(`
    mutation PauseSweep($id: ID!) {
  pauseSweep(id: $id) {
    id
    state
  }
}
    `) as unknown as TypedDocumentString<PauseSweepMutation, PauseSweepMutationVariables>;
export const ResumeSweepDocument = new TypedDocumentString(`
    mutation ResumeSweep($id: ID!) {
  resumeSweep(id: $id) {
    id
    state
  }
}
    `) as unknown as TypedDocumentString<ResumeSweepMutation, ResumeSweepMutationVariables>;
export const CancelSweepDocument = new TypedDocumentString(`
    mutation CancelSweep($id: ID!) {
  cancelSweep(id: $id) {
    id
    state
  }
}
    `) as unknown as TypedDocumentString<CancelSweepMutation, CancelSweepMutationVariables>;
export const SweepSearchDocument = new TypedDocumentString(`
    query SweepSearch($id: ID!, $hasRungs: Boolean!) {
  sweep(id: $id) {
    id
    importance {
      shares {
        parameters
        share
        deviation
      }
      explained
      trials
      leftOut
    }
    slices {
      parameter
      kind
      heldAtTrial
      values
      means
      lows
      highs
    }
    trials @include(if: $hasRungs) {
      number
      stopDecisions {
        runId
        rung
        step
        value
        threshold
        stop
        peers
        metric
        why
      }
    }
  }
}
    `) as unknown as TypedDocumentString<SweepSearchQuery, SweepSearchQueryVariables>;
export const WorkersTableDocument = new TypedDocumentString(`
    query WorkersTable {
  workers {
    id
    name
    host
    device
    state
    currentRunId
    startedAt
    lastSeenAt
  }
}
    `) as unknown as TypedDocumentString<WorkersTableQuery, WorkersTableQueryVariables>;
