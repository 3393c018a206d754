import type { MetricColumns } from '../../api-client/points-block.js';
import { RanksweepError } from '../../core/errors.js';
import type { MlflowRun } from './mlflow-run.js';

// biome-ignore lint/suspicious/noExplicitAny: what a server of MLflow's answers, read field by field
type Answer = any;

const PAGE = 1000;
const POINTS_PAGE = 25_000;

/** The runs of an MLflow server, by its REST API. MLFLOW_TRACKING_TOKEN, or _USERNAME and _PASSWORD, are sent as MLflow's client does. */
export async function* readMlflowServer(url: string): AsyncGenerator<MlflowRun> {
  const ask = asker(url.replace(/\/+$/, ''));
  for await (const experiment of pages(
    ask,
    'experiments/search',
    { max_results: PAGE, view_type: 'ALL' },
    'experiments',
  )) {
    const search = { experiment_ids: [experiment.experiment_id], max_results: PAGE, run_view_type: 'ALL' };
    for await (const run of pages(ask, 'runs/search', search, 'runs')) yield runOf(ask, run, experiment.name);
  }
}

type Ask = (path: string, body: object | null) => Promise<Answer>;

async function* pages(ask: Ask, path: string, body: object, list: string): AsyncGenerator<Answer> {
  let token: string | undefined;
  do {
    const answer = await ask(path, { ...body, ...(token && { page_token: token }) });
    yield* answer[list] ?? [];
    token = answer.next_page_token || undefined;
  } while (token !== undefined);
}

function runOf(ask: Ask, { info, data, inputs }: Answer, experiment: string): MlflowRun {
  const tags = Object.fromEntries((data?.tags ?? []).map((tag: Answer) => [tag.key, tag.value]));
  const id = info.run_id ?? info.run_uuid;
  return {
    ...{ id, name: info.run_name ?? '', experiment, user: info.user_id ?? '', status: info.status, tags },
    ...{ startMs: Number(info.start_time ?? 0), endMs: info.end_time ? Number(info.end_time) : null },
    ...{ isDeleted: info.lifecycle_stage === 'deleted', artifactUri: info.artifact_uri ?? '' },
    params: (data?.params ?? []).map(({ key, value }: Answer) => ({ key, value })),
    datasets: (inputs?.dataset_inputs ?? []).map(({ dataset }: Answer) => dataset),
    series: () =>
      seriesOf(
        ask,
        id,
        (data?.metrics ?? []).map(({ key }: Answer) => key),
      ),
  };
}

async function* seriesOf(ask: Ask, runId: string, keys: string[]): AsyncGenerator<MetricColumns> {
  for (const metric of keys) {
    let token = '';
    do {
      const query = new URLSearchParams({
        run_id: runId,
        metric_key: metric,
        max_results: String(POINTS_PAGE),
      });
      if (token !== '') query.set('page_token', token);
      const { metrics = [], next_page_token = '' } = await ask(`metrics/get-history?${query}`, null);
      yield {
        metric,
        steps: metrics.map(({ step }: Answer) => Number(step ?? 0)),
        values: metrics.map(({ value }: Answer) => infinityOf(Number(value ?? 0))),
        times: metrics.map(({ timestamp }: Answer) => Number(timestamp)),
      };
      token = next_page_token;
    } while (token !== '');
  }
}

/** MLflow's own server answers an infinity as the largest finite double. */
function infinityOf(value: number): number {
  return Math.abs(value) === Number.MAX_VALUE ? Math.sign(value) * Infinity : value;
}

function asker(url: string): Ask {
  const headers = { 'content-type': 'application/json', ...authorization() };
  return async (path, body) => {
    const init = body === null ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await fetch(`${url}/api/2.0/mlflow/${path}`, init).catch((error: Error) => {
      throw new RanksweepError('UNAVAILABLE', `${url} does not answer: ${error.cause ?? error.message}`);
    });
    if (response.ok) return response.json();
    const text = (await response.text()).slice(0, 200);
    throw new RanksweepError(
      'INVALID_INPUT',
      `${url} answers ${response.status} to ${path.split('?')[0]}: ${text}`,
    );
  };
}

function authorization(): Record<string, string> {
  const {
    MLFLOW_TRACKING_TOKEN: token,
    MLFLOW_TRACKING_USERNAME: user,
    MLFLOW_TRACKING_PASSWORD: password,
  } = process.env;
  if (token) return { authorization: `Bearer ${token}` };
  if (!user) return {};
  return { authorization: `Basic ${Buffer.from(`${user}:${password ?? ''}`).toString('base64')}` };
}
