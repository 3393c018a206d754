/** Curves out: a million points of one series, a hundred long series at once, and reads while others write. */
import { graphql, median, percentiles, post, pour, round, timed, timedOn } from './client.mjs';
import { BLOCK, block, ownRun } from './ingest.mjs';
import { startRanksweep } from './servers.mjs';

const SERIES = `query ($id: ID!, $most: Int!) { run(id: $id) {
  series(names: ["loss"], maxPoints: $most) { count exact steps values minimums maximums } } }`;

async function fill(server, points) {
  const run = await ownRun(server);
  const bodies = Array.from({ length: points / 50_000 }, (_, k) => block(k, 50_000));
  await pour(bodies, 2, (body) => post(run.url, body, BLOCK));
  await graphql(server, SERIES, { id: run.id, most: 10 });
  return run;
}

export async function measureCurves(folder) {
  let server = await startRanksweep(folder);
  const run = await fill(server, 1_000_000);
  const many = [];
  for (let i = 0; i < 100; i++) many.push((await fill(server, 100_000)).id);
  await server.close();
  const cold = [];
  const coldCpu = [];
  for (let i = 0; i < 5; i++) {
    server = await startRanksweep(folder);
    await graphql(server, '{ workers { id } }');
    const [start, before] = [performance.now(), server.cpuSeconds()];
    await graphql(server, SERIES, { id: run.id, most: 1500 });
    cold.push(performance.now() - start);
    coldCpu.push((server.cpuSeconds() - before) * 1000);
    if (i < 4) await server.close();
  }
  const warm = await timedOn(server, 40, () => graphql(server, SERIES, { id: run.id, most: 1500 }));
  const aliases = many.map(
    (id, i) => `r${i}: run(id: "${id}") { series(names: ["loss"], maxPoints: 300) { steps values } }`,
  );
  const hundred = await timedOn(server, 5, () => graphql(server, `{ ${aliases.join('\n')} }`));
  const peakMegabytes = server.peakMegabytes();
  await server.close();
  return {
    'a million points to 1500 buckets, cold (ms)': { ...percentiles(cold), cpu: round(median(coldCpu)) },
    'a million points to 1500 buckets, warm (ms)': warm,
    '100 runs of 100,000 points to 300 buckets each, one request (ms)': hundred,
    peakMegabytes,
  };
}

/** How long a read takes while blocks of points come in as fast as the server takes them. */
export async function measureReadsWhileWriting(folder) {
  const server = await startRanksweep(folder);
  const run = await fill(server, 1_000_000);
  const read = () => graphql(server, SERIES, { id: run.id, most: 1500 });
  const idle = await timed(30, read);
  const target = await ownRun(server);
  const bodies = Array.from({ length: 400 }, (_, k) => block(k, 10_000));
  let isWriting = true;
  const busy = [];
  const reading = (async () => {
    while (isWriting) {
      const start = performance.now();
      await read();
      busy.push(performance.now() - start);
    }
  })();
  const { seconds } = await pour(bodies, 2, (body) => post(target.url, body, BLOCK));
  isWriting = false;
  await reading;
  const peakMegabytes = server.peakMegabytes();
  await server.close();
  const pointsPerSecond = Math.round(4_000_000 / seconds);
  return {
    idle: percentiles(idle),
    busy: percentiles(busy),
    reads: busy.length,
    pointsPerSecond,
    peakMegabytes,
    slowest: round(Math.max(...busy)),
  };
}
