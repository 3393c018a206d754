import { ProjectResolver } from './access/project.resolver.js';
import { DatasetResolver, RunDatasetResolver } from './datasets/dataset.resolver.js';
import { RunResolver } from './runs/run.resolver.js';
import { ProjectRunsResolver, RunLifecycleResolver, WorkerResolver } from './runs/run-lifecycle.resolver.js';
import { ClaimResolver } from './sweeps/claim.resolver.js';
import { ProjectSweepsResolver, SweepResolver } from './sweeps/sweep.resolver.js';
import { TrialResolver } from './sweeps/trial.resolver.js';

/** Every resolver: what the schema is generated from. */
export const RESOLVERS = [
  ProjectResolver,
  ProjectRunsResolver,
  ProjectSweepsResolver,
  RunResolver,
  RunLifecycleResolver,
  WorkerResolver,
  DatasetResolver,
  RunDatasetResolver,
  SweepResolver,
  TrialResolver,
  ClaimResolver,
];
