import type { Role } from './principal.js';

/** Of what kind an ID is whose project has to be granted. */
export type Scope =
  | 'run'
  | 'new run'
  | 'sweep'
  | 'trial'
  | 'model'
  | 'dataset'
  | 'artifact'
  | 'adapter'
  | 'owner'
  | 'experiment'
  | 'experiment name';

/** What a token needs for one thing that can be asked. */
export interface Rule {
  role: Role;
  /** everywhere: on all projects; anywhere: on some, and what is answered is narrowed to them; else: where these IDs are */
  where: 'everywhere' | 'anywhere' | [Scope, string][];
  /** the argument with a RunFilter: it is narrowed to the projects of the token */
  filter?: string;
  /** an argument without which it reaches everywhere */
  orEverywhere?: string;
  /** told to whoever asks */
  isPublic?: boolean;
}

type Ids = Partial<Record<Scope, string | string[]>>;

function of(role: Role, ids: Ids): Rule {
  const pairs = Object.entries(ids) as [Scope, string | string[]][];
  return {
    role,
    where: pairs.flatMap(([scope, at]) => [at].flat().map((one): [Scope, string] => [scope, one])),
  };
}
export const reads = (ids: Ids) => of('read', ids);
export const writes = (ids: Ids) => of('write', ids);
export const anywhere = (role: Role): Rule => ({ role, where: 'anywhere' });
export const everywhere = (role: Role): Rule => ({ role, where: 'everywhere' });
const narrowed: Rule = { role: 'read', where: 'anywhere', filter: 'filter' };

/**
 * Every field of Query, Mutation and Subscription, by its name. What has no rule is refused to all but those who have the role admin
 * everywhere, and test/access/access-rules.test.ts fails. Paths lead through the arguments (* through every item of a list); where one is absent there is nothing to check.
 * Projects that are named (recordRun, openRun, createSweep) are checked where names become projects: ProjectService.ensure.
 */
export const GRAPHQL_RULES: Record<string, Rule> = {
  projects: anywhere('read'),
  runs: narrowed,
  runKeys: narrowed,
  runGroups: narrowed,
  runFacets: narrowed,
  runUpdates: narrowed,
  run: reads({ run: 'id' }),
  compareRuns: reads({ run: 'ids' }),
  seriesUpdates: reads({ run: 'runIds' }),
  sweeps: anywhere('read'),
  sweep: reads({ sweep: 'id' }),
  sweepUpdates: reads({ sweep: 'id' }),
  trial: reads({ trial: 'id' }),
  dataset: reads({ dataset: 'hash' }),
  datasets: everywhere('read'),
  evaluationItems: reads({ run: 'runId' }),
  alignedItems: reads({ run: 'runIds' }),
  baseScores: everywhere('read'),
  comparedEvaluations: reads({ run: ['runIds', 'baseline'] }),
  expectedAgreement: reads({ run: 'runId' }),
  lineage: reads({ run: 'runId' }),
  probes: everywhere('read'),
  adapters: anywhere('read'),
  adapter: reads({ adapter: 'name' }),
  workers: everywhere('read'),
  storage: everywhere('read'),
  tokens: anywhere('admin'),

  recordRun: writes({ 'new run': 'input.id', run: ['input.parentId', 'input.reproduces'] }),
  revealRuns: writes({ run: 'ids' }),
  annotateRun: writes({ run: ['input.runId', 'input.parentId'] }),
  deleteRuns: writes({ run: 'ids' }),
  restoreRuns: writes({ run: 'ids' }),
  stopRun: writes({ run: 'id' }),
  openRun: writes({ run: ['input.reproduces', 'input.links.*.fromId'] }),
  resumeRun: writes({ run: 'input.runId' }),
  describeRun: writes({ run: 'input.runId' }),
  reportProgress: writes({ run: 'input.runId' }),
  finishRun: writes({ run: 'input.runId' }),
  finishTrial: writes({ run: 'input.runId' }),
  judgeReproduction: writes({ run: 'input.reproductionId' }),
  recordEvaluation: writes({ run: 'input.runId' }),
  recordProbes: anywhere('write'),
  judgeGate: writes({ run: 'input.runId' }),
  shipAdapter: writes({ run: 'input.runId' }),
  rollBackAdapter: writes({ adapter: 'input.name' }),
  registerWorker: anywhere('write'),
  // without a sweep it is any sweep's
  claimTrial: { ...writes({ sweep: 'input.sweepId' }), orEverywhere: 'input.sweepId' },
  createSweep: anywhere('write'),
  editSweep: writes({ sweep: 'id' }),
  pauseSweep: writes({ sweep: 'id' }),
  resumeSweep: writes({ sweep: 'id' }),
  cancelSweep: writes({ sweep: 'id' }),
  collectGarbage: everywhere('admin'),
  createToken: anywhere('admin'),
  revokeToken: anywhere('admin'),
};
