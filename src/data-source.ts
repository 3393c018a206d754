import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DataSource } from 'typeorm';
import { CreateTables1764014400000 } from '../migrations/1764014400000-create-tables.js';
import { StopDecisions1764028800000 } from '../migrations/1764028800000-stop-decisions.js';
import { SweepControl1764028900000 } from '../migrations/1764028900000-sweep-control.js';
import { TrialReplicate1764029000000 } from '../migrations/1764029000000-trial-replicate.js';
import { Objectives1764029100000 } from '../migrations/1764029100000-objectives.js';
import { MetricPyramid1764029200000 } from '../migrations/1764029200000-metric-pyramid.js';
import { RunAnnotations1764029300000 } from '../migrations/1764029300000-run-annotations.js';
import { MlflowRecords1764029310000 } from '../migrations/1764029310000-mlflow-records.js';
import { RunFields1764029400000 } from '../migrations/1764029400000-run-fields.js';
import { RunIndexes1764029410000 } from '../migrations/1764029410000-run-indexes.js';
import { TrialPredicted1764029450000 } from '../migrations/1764029450000-trial-predicted.js';
import { ArtifactBlobs1764029500000 } from '../migrations/1764029500000-artifact-blobs.js';
import { AccessTokens1764029710000 } from '../migrations/1764029710000-access-tokens.js';
import { RunManifest1764029730000 } from '../migrations/1764029730000-run-manifest.js';
import { Probes1764029740000 } from '../migrations/1764029740000-probes.js';
import { RunLinks1764029740001 } from '../migrations/1764029740001-run-links.js';
import { DatasetChecks1764029750000 } from '../migrations/1764029750000-dataset-checks.js';
import { EvaluationItems1764029760000 } from '../migrations/1764029760000-evaluation-items.js';
import { Adapters1764029770000 } from '../migrations/1764029770000-adapters.js';
import { AccessToken } from './access/access-token.entity.js';
import {
  openPostgresReader,
  openPostgresStore,
  openPostgresWriter,
  withoutPassword,
} from './access/postgres.js';
import { Project } from './access/project.entity.js';
import { ProjectTag } from './access/project-tag.entity.js';
import { openSqliteReader, openSqliteStore, openSqliteWriter } from './access/sqlite.js';
import type { Store } from './access/store.js';
import type { Durability } from './access/write-ahead-log.js';
import { AdapterEvent } from './adapters/adapter-event.entity.js';
import { AdapterVersion } from './adapters/adapter-version.entity.js';
import { GateRecord } from './adapters/gate-record.entity.js';
import { ArtifactBlob } from './artifacts/artifact-blob.entity.js';
import { RunArtifact } from './artifacts/run-artifact.entity.js';
import { RanksweepError } from './core/errors.js';
import { Dataset } from './datasets/dataset.entity.js';
import { DatasetCheck } from './datasets/dataset-check.entity.js';
import { RunDataset } from './datasets/run-dataset.entity.js';
import { LoggedModel, LoggedModelMetric, RunModel } from './mlflow/models/logged-model.entity.js';
import { ModelVersion, RegisteredModel } from './mlflow/models/registry.entity.js';
import { RunInput } from './mlflow/runs/run-input.entity.js';
import { Evaluation } from './runs/evaluation.entity.js';
import { BaseScore } from './runs/evaluations/base-score.entity.js';
import { EvaluationItems } from './runs/evaluations/evaluation-items.entity.js';
import { EvaluationScore } from './runs/evaluations/evaluation-score.entity.js';
import { MetricChunk } from './runs/metric-chunk.entity.js';
import { MetricLog } from './runs/metric-log.entity.js';
import { MetricSeries } from './runs/metric-series.entity.js';
import { Probe } from './runs/probe.entity.js';
import { Reproduction } from './runs/reproduction.entity.js';
import { Run } from './runs/run.entity.js';
import { RunField } from './runs/run-field.entity.js';
import { RunLink } from './runs/run-link.entity.js';
import { RunLog } from './runs/run-log.entity.js';
import { RunParam } from './runs/run-param.entity.js';
import { RunTag } from './runs/run-tag.entity.js';
import { Worker } from './runs/worker.entity.js';
import { StopDecision } from './sweeps/stop-decision.entity.js';
import { Sweep } from './sweeps/sweep.entity.js';
import { Trial } from './sweeps/trial.entity.js';

const ENTITIES = [
  AccessToken,
  Project,
  ProjectTag,
  Run,
  RunField,
  RunTag,
  RunParam,
  RunLog,
  MetricSeries,
  MetricChunk,
  MetricLog,
  Evaluation,
  EvaluationItems,
  EvaluationScore,
  BaseScore,
  Reproduction,
  Probe,
  RunLink,
  Worker,
  Dataset,
  DatasetCheck,
  RunDataset,
  RunArtifact,
  RunInput,
  RunModel,
  LoggedModel,
  LoggedModelMetric,
  RegisteredModel,
  ModelVersion,
  ArtifactBlob,
  Sweep,
  Trial,
  StopDecision,
  GateRecord,
  AdapterVersion,
  AdapterEvent,
];
const MIGRATIONS = [
  CreateTables1764014400000,
  StopDecisions1764028800000,
  SweepControl1764028900000,
  TrialReplicate1764029000000,
  Objectives1764029100000,
  MetricPyramid1764029200000,
  RunFields1764029400000,
  RunIndexes1764029410000,
  RunAnnotations1764029300000,
  MlflowRecords1764029310000,
  TrialPredicted1764029450000,
  ArtifactBlobs1764029500000,
  RunManifest1764029730000,
  Probes1764029740000,
  RunLinks1764029740001,
  DatasetChecks1764029750000,
  EvaluationItems1764029760000,
  AccessTokens1764029710000,
  Adapters1764029770000,
];
const SCHEMA = { entities: ENTITIES, migrations: MIGRATIONS };

/**
 * Opens the database, brings its tables up to date and returns the store: Postgres if `databaseUrl` is given, else
 * DATA/ranksweep.sqlite.
 * @throws RanksweepError CONFLICT if another server uses the folder, or a newer version wrote the database
 */
export function openStore(
  dataFolder: string,
  databaseUrl?: string,
  durability: Durability = 'full',
): Promise<Store> {
  if (databaseUrl === undefined) return openSqliteStore(dataFolder, SCHEMA, durability);
  checkDatabaseUrl(databaseUrl);
  return openPostgresStore(databaseUrl, SCHEMA, durability);
}

/** Opens a file of SQLite, or Postgres at an address, for writing and runs the migrations that it lacks. */
export function openWriter(database: string): Promise<DataSource> {
  return isPostgres(database) ? openPostgresWriter(database, SCHEMA) : openSqliteWriter(database, SCHEMA);
}

/**
 * Opens a database that is there, for reading only: Postgres at an address, or SQLite in a data folder.
 * @throws RanksweepError NOT_FOUND
 */
export function openReader(dataFolder: string, databaseUrl?: string): Promise<DataSource> {
  if (databaseUrl !== undefined) {
    checkDatabaseUrl(databaseUrl);
    return openPostgresReader(databaseUrl, SCHEMA);
  }
  const file = join(dataFolder, 'ranksweep.sqlite');
  if (existsSync(file)) return openSqliteReader(file, SCHEMA);
  throw new RanksweepError(
    'NOT_FOUND',
    `${dataFolder} holds no ranksweep.sqlite: name another folder with --data`,
  );
}

export function isPostgres(address: string): boolean {
  return /^postgres(ql)?:\/\//.test(address);
}

function checkDatabaseUrl(url: string): void {
  if (isPostgres(url)) return;
  const message = `found ${JSON.stringify(withoutPassword(url))}, expected postgres://user:password@host:port/database`;
  throw new RanksweepError('INVALID_INPUT', `database: ${message}`, [{ field: 'database', message }]);
}
