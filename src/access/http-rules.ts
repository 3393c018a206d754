import { anywhere, everywhere, type Rule, reads, type Scope, writes } from './access-rules.js';
import type { Role } from './principal.js';

const PUBLIC: Rule = { role: 'read', where: [], isPublic: true };

const OWN: Record<string, Rule> = {
  'GET /healthz': PUBLIC,
  'GET /health': PUBLIC,
  'GET /version': PUBLIC,
  'POST /api/runs/:id/points': writes({ run: 'params.id' }),
  'GET /api/runs/:id/points': reads({ run: 'params.id' }),
  // narrowed by the doors themselves
  'ALL /api/runs.arrow': anywhere('read'),
  'ALL /api/runs.csv': anywhere('read'),
  'ALL /api/series.arrow': anywhere('read'),
  'ALL /api/series.csv': anywhere('read'),
  'PUT /artifacts/:sha256': writes({ run: 'query.run' }),
  'GET /artifacts/:sha256': reads({ artifact: 'params.sha256' }),
};

const inBoth = (scope: Scope, ...names: string[]): [Scope, string][] =>
  names.flatMap((name): [Scope, string][] => [
    [scope, `body.${name}`],
    [scope, `query.${name}`],
  ]);
/** Whatever a request of MLflow's names is checked, in the body as in the query: its handlers look nowhere else. */
const NAMED: [Scope, string][] = [
  ...inBoth('run', 'run_id', 'run_uuid', 'run_ids', 'source_run_id'),
  ...inBoth('experiment', 'experiment_id', 'experiment_ids'),
  ...inBoth('experiment name', 'experiment_name'),
  ...inBoth('model', 'model_id', 'metrics.*.model_id', 'models.*.model_id'),
  ['model', 'params.id'],
];
/** as the guard reads it from the path, or from the query where a folder is listed */
const OF_ARTIFACTS: [Scope, string][] = [['owner', 'params.path']];

/** of routes below one folder: `METHOD name` of those that read, and of those that write */
function folder(path: string, routes: Record<'read' | 'write', string[]>, ruleOf: (role: Role) => Rule) {
  const rules = (['read', 'write'] as const).flatMap((role) =>
    routes[role].map((route): [string, Rule] => {
      const [method, name = ''] = route.split(' ');
      return [`${method} /mlflow${path}${name && `/${name}`}`, ruleOf(role)];
    }),
  );
  return Object.fromEntries(rules);
}
const named = (role: Role): Rule => ({ role, where: NAMED });

const MLFLOW: Record<string, Rule> = {
  ...folder(
    '/experiments',
    {
      read: ['GET get', 'GET get-by-name'],
      write: ['update', 'delete', 'restore', 'set-experiment-tag', 'delete-experiment-tag'].map(
        (name) => `POST ${name}`,
      ),
    },
    named,
  ),
  // narrowed by the handler
  'POST /mlflow/experiments/search': anywhere('read'),
  'GET /mlflow/experiments/search': anywhere('read'),
  'POST /mlflow/experiments/create': everywhere('write'),
  ...folder(
    '/runs',
    {
      read: ['GET get', 'POST search'],
      write: [
        ...[
          'update',
          'delete',
          'restore',
          'log-batch',
          'log-metric',
          'log-parameter',
          'set-tag',
          'delete-tag',
        ],
        ...['log-inputs', 'outputs', 'log-model'],
      ].map((name) => `POST ${name}`),
    },
    named,
  ),
  // without one it is the experiment named Default
  'POST /mlflow/runs/create': {
    ...named('write'),
    where: [...NAMED, ['experiment', 'body.experiment_id=0']],
  },
  'GET /mlflow/artifacts/list': named('read'),
  ...folder(
    '/metrics',
    { read: ['GET get-history', 'GET get-history-bulk', 'GET get-history-bulk-interval'], write: [] },
    named,
  ),
  ...folder(
    '/logged-models',
    {
      read: ['POST search', 'GET :id', 'GET :id/artifacts/directories'],
      write: ['POST', 'PATCH :id', 'DELETE :id', 'POST :id/params', 'PATCH :id/tags', 'DELETE :id/tags/:key'],
    },
    named,
  ),
  // the registry has no projects
  ...folder(
    '/registered-models',
    {
      read: ['GET get', 'GET search', 'POST get-latest-versions', 'GET get-latest-versions', 'GET alias'],
      write: [
        ...[
          'POST create',
          'POST rename',
          'PATCH update',
          'DELETE delete',
          'POST set-tag',
          'DELETE delete-tag',
        ],
        ...['POST alias', 'DELETE alias'],
      ],
    },
    everywhere,
  ),
  ...folder(
    '/model-versions',
    {
      read: ['GET get', 'GET get-download-uri', 'GET search'],
      write: [
        ...['POST create', 'PATCH update', 'POST transition-stage', 'DELETE delete', 'POST set-tag'],
        'DELETE delete-tag',
      ],
    },
    everywhere,
  ),
  ...folder(
    '-artifacts/artifacts',
    { read: ['GET', 'GET *path'], write: ['PUT *path', 'DELETE *path'] },
    (role) => ({ role, where: OF_ARTIFACTS }),
  ),
  'GET /mlflow/server-info': anywhere('read'),
  // what is not answered
  'ALL /mlflow/*path': anywhere('read'),
  'ALL /mlflow-artifacts/*path': anywhere('read'),
};

/** Every HTTP route by method and pattern, MLflow's without what comes before /mlflow. */
export const HTTP_RULES: Record<string, Rule> = { ...OWN, ...MLFLOW };

/** The rule of a route, as the router names it; undefined: there is none. */
export function httpRule(method: string, pattern: string): Rule | undefined {
  const path = pattern.replace(/^\/?(ajax-)?api\/[23]\.0\/mlflow/, '/mlflow').replace(/\/+$/, '');
  const asked = method === 'HEAD' ? 'GET' : method;
  return HTTP_RULES[`${asked} ${path}`] ?? HTTP_RULES[`ALL ${path}`];
}
