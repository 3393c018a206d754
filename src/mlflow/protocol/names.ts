import { invalidParameter } from './mlflow-error.js';

/** MLflow's limits, in characters or entries. */
export const LIMITS = {
  key: 250,
  paramValue: 6000,
  tagValue: 8000,
  experimentName: 500,
  experimentTagValue: 20_000,
  registryTagValue: 100_000,
  datasetName: 500,
  datasetDigest: 36,
  datasetSource: 65_535,
  datasetSchema: 1_048_575,
  datasetProfile: 16_777_215,
  inputTagKey: 255,
  inputTagValue: 500,
} as const;

const ALLOWED = /^[/\p{L}\p{N}_.\- :]*$/u;
const BAD_CHARACTERS =
  'Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).';

/** @throws MlflowError if the key of a metric, param or tag may not be one */
export function checkName(name: string, path: string): void {
  const shown = JSON.stringify(name.slice(0, 300));
  const problem = `Invalid value ${shown} for parameter '${path}' supplied: `;
  if (!ALLOWED.test(name)) throw invalidParameter(problem + BAD_CHARACTERS);
  const normal = normalPath(name);
  if (normal === name && name !== '.' && !name.startsWith('..') && !name.startsWith('/')) return;
  throw invalidParameter(
    `${problem}Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${normal.slice(0, 300)}'`,
  );
}

export function checkLength(what: string, limit: number, value: string): void {
  if (value.length <= limit) return;
  throw invalidParameter(`'${what}' exceeds the maximum length of ${limit} characters`);
}

/** Key and value of a tag. */
export function checkTag(key: string, value: string, limit: number, path = ''): void {
  const full = (name: string) => (path === '' ? name : `${path}.${name}`);
  checkName(key, full('key'));
  checkLength(full('key'), LIMITS.key, key);
  checkLength(full('value'), limit, value);
}

/** As Python prints a list. */
export function listed(words: readonly string[]): string {
  return `[${words.map((word) => `'${word}'`).join(', ')}]`;
}

/** As Python's posixpath.normpath. */
function normalPath(path: string): string {
  if (path === '') return '.';
  const isAbsolute = path.startsWith('/');
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    const climbs = segment === '..';
    if (!climbs || (!isAbsolute && kept.length === 0) || kept.at(-1) === '..') kept.push(segment);
    else kept.pop();
  }
  return (isAbsolute ? '/' : '') + kept.join('/') || '.';
}
