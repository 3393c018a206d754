/**
 * Who may import whom: the table of docs/architecture.md as a test, circularity included.
 * A folder may import itself, what its row allows, and Node's own modules where they are not named as forbidden.
 */
const ALLOWED = {
  core: [],
  search: ['core'],
  analysis: ['core'],
  data: ['core'],
  scores: ['core'],
  training: ['core', 'data', 'scores'],
  access: ['core', 'analysis'],
  runs: ['core', 'analysis', 'access', 'datasets', 'artifacts'],
  datasets: ['core', 'analysis', 'access', 'runs', 'artifacts'],
  artifacts: ['core', 'analysis', 'access', 'runs', 'datasets'],
  sweeps: ['core', 'analysis', 'search', 'access', 'runs', 'datasets', 'artifacts'],
  adapters: ['core', 'analysis', 'access', 'runs', 'artifacts'],
  mlflow: ['core', 'access', 'runs', 'datasets', 'artifacts'],
  'api-client': ['core'],
  worker: ['core', 'data', 'training', 'api-client'],
  launchers: ['core', 'data', 'analysis', 'api-client', 'worker'],
  cli: ['core', 'data', 'analysis', 'api-client', 'worker', 'launchers', 'search'],
};
const NPM = '(^|/)node_modules/';

function onlyItsNeighbours([folder, neighbours]) {
  const allowed = [folder, ...neighbours].join('|');
  const exceptions = folder === 'cli' ? '^src/cli/(serve|database|token|quickstart)\\.ts$' : undefined;
  return {
    name: `${folder}-imports`,
    severity: 'error',
    from: { path: `^src/${folder}/`, ...(exceptions && { pathNot: exceptions }) },
    to: { path: '^src/', pathNot: `^src/(${allowed})/` },
  };
}

function forbid(name, from, to, extra = {}) {
  return { name, severity: 'error', from: { path: from }, to: { path: to, ...extra } };
}

function npm(names) {
  return `${NPM}(${names})/`;
}

module.exports = {
  forbidden: [
    {
      name: 'no-circles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    ...Object.entries(ALLOWED).map(onlyItsNeighbours),
    forbid('core-knows-zod-and-crypto-only', '^src/core/', '^(node:)?(?!crypto$)[a-z_/]+$', {
      dependencyTypes: ['core'],
    }),
    forbid('core-knows-zod-and-yaml-only', '^src/core/', NPM, { pathNot: npm('zod|yaml') }),
    forbid('pure-has-no-libraries', '^src/(search|analysis|data)/', NPM),
    forbid('pure-has-no-io', '^src/(search|analysis|scores)/', '.', { dependencyTypes: ['core'] }),
    forbid(
      'engine-knows-no-service',
      '^src/(training|data)/',
      npm('@nestjs|typeorm|@apollo|better-sqlite3|pg|express|graphql'),
    ),
    forbid(
      'workers-know-no-server',
      '^src/(worker|launchers|api-client)/',
      npm('@nestjs|typeorm|@apollo|better-sqlite3|pg|express'),
    ),
    forbid(
      'server-knows-no-tensorflow',
      '^src/(access|runs|sweeps|datasets|artifacts|adapters|mlflow|main|app.module|data-source)',
      npm('@tensorflow'),
    ),
    forbid('migrations-import-typeorm-only', '^migrations/', '^(src|client)/'),
    forbid('page-is-its-own', '^client/', '^src/', { pathNot: '^src/(core|analysis)/' }),
    forbid('nothing-imports-the-page', '^src/', '^client/'),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.tsx', '.js', '.mjs', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default'],
    },
    moduleSystems: ['es6', 'cjs'],
    builtInModules: { add: [] },
  },
};
