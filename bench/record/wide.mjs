/** The shapes that broke other trackers, a tenth of them per run: many runs with many metrics each, and 12,000 names in one project. */
import { graphql, percentiles, post, pour, timed } from './client.mjs';
import { ownRun } from './ingest.mjs';
import { startRanksweep } from './servers.mjs';

const RUNS = 150;
const NAMES = 1500;
const STEPS = 20;

function batch(names, from, steps) {
  const series = Array.from({ length: names }, (_, m) => {
    const at = Array.from({ length: steps }, (_, s) => s);
    return {
      metric: `metric_${from + m}`,
      steps: at,
      values: at.map((s) => Math.sin(s + m)),
      times: 1_764_000_000_000,
    };
  });
  return Buffer.from(JSON.stringify({ series }));
}

export async function measureWide(folder) {
  const server = await startRanksweep(folder);
  const body = batch(NAMES, 0, STEPS);
  const runs = [];
  for (let i = 0; i < RUNS; i++) runs.push(await ownRun(server));
  const { seconds } = await pour(runs, 4, ({ url }) => post(url, body));
  const many = await ownRun(server);
  for (let at = 0; at < 12_000; at += 3000) await post(many.url, batch(3000, at, 1));
  const keys = await timed(5, () => graphql(server, '{ runKeys { metricNames } }'));
  const one = await timed(5, () =>
    graphql(server, 'query ($id: ID!) { run(id: $id) { metrics { name last } } }', { id: many.id }),
  );
  const ids = runs
    .slice(0, 100)
    .map(
      ({ id }, i) =>
        `r${i}: run(id: "${id}") { series(names: ["metric_700"], maxPoints: 100) { steps values } }`,
    );
  const curves = await timed(5, () => graphql(server, `{ ${ids.join('\n')} }`));
  const peakMegabytes = server.peakMegabytes();
  await server.close();
  return {
    [`${RUNS} runs of ${NAMES} metrics of ${STEPS} steps, points per second`]: Math.round(
      (RUNS * NAMES * STEPS) / seconds,
    ),
    'names of all metrics, 12,000 in one project (ms)': percentiles(keys),
    'last values of a run with 12,000 metrics (ms)': percentiles(one),
    'one metric of 100 such runs, one request (ms)': percentiles(curves),
    peakMegabytes,
  };
}
