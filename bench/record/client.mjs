/** One HTTP client for all servers: connections are kept, bodies are made before the clock runs. */
import http from 'node:http';

const agent = new http.Agent({ keepAlive: true, maxSockets: 256 });

/** @returns {Promise<Buffer>} the answer's body @throws Error on any status but 2xx */
export function post(url, body, type = 'application/json') {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': type, 'content-length': body.length };
    const request = http.request(url, { method: 'POST', agent, headers }, (response) => {
      const parts = [];
      response.on('data', (part) => parts.push(part));
      response.on('error', reject);
      response.on('end', () => {
        const answer = Buffer.concat(parts);
        if (response.statusCode < 300) resolve(answer);
        else
          reject(
            Object.assign(new Error(`${url}: ${response.statusCode} ${answer.subarray(0, 500)}`), {
              status: response.statusCode,
            }),
          );
      });
    });
    request.on('error', (error) => {
      // the server closed a connection that had been idle, just as it was used again
      if (error.code === 'ECONNRESET' && request.reusedSocket) post(url, body, type).then(resolve, reject);
      else reject(error);
    });
    request.end(body);
  });
}

export async function postJson(url, body) {
  return JSON.parse((await post(url, Buffer.from(JSON.stringify(body)))).toString());
}

export async function graphql({ url }, query, variables = {}) {
  const { data, errors } = await postJson(`${url}/graphql`, { query, variables });
  if (errors) throw new Error(JSON.stringify(errors).slice(0, 1000));
  return data;
}

/** Sends all bodies over so many connections. @returns calls per second and latencies in ms */
export async function pour(bodies, connections, send) {
  const latencies = [];
  let next = 0;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: connections }, async () => {
      while (next < bodies.length) {
        const body = bodies[next++];
        const sent = performance.now();
        await send(body);
        latencies.push(performance.now() - sent);
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  return { seconds, callsPerSecond: bodies.length / seconds, ...percentiles(latencies) };
}

export function percentiles(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = (share) => round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]);
  return { p50: at(0.5), p99: at(0.99) };
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function round(number, digits = 1) {
  return Number(number.toFixed(digits));
}

/** Percentiles of the clock's milliseconds, and the server's mean CPU milliseconds, which other programs' load hardly changes. */
export async function timedOn(server, times, work) {
  await work();
  const before = server.cpuSeconds();
  const all = await timed(times, work);
  return { ...percentiles(all), cpu: round(((server.cpuSeconds() - before) * 1000) / (times + 1)) };
}

/** Milliseconds of each of `times` calls, after one that is not counted. */
export async function timed(times, work) {
  await work();
  const all = [];
  for (let i = 0; i < times; i++) {
    const start = performance.now();
    await work();
    all.push(performance.now() - start);
  }
  return all;
}

export function close() {
  agent.destroy();
}
