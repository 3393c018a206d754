import { createServer } from 'node:net';

const HOST = '127.0.0.1';
const PORTS_TRIED = 100;

/** The first port from `port` on that nobody listens on; 0, which the system chooses for, stays 0. */
export async function freePortFrom(port: number): Promise<number> {
  const last = Math.min(port + PORTS_TRIED, 65535);
  for (let candidate = port; candidate < last; candidate++) {
    if (await isFree(candidate)) return candidate;
  }
  return last;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(false));
    probe.listen(port, HOST, () => probe.close(() => resolve(true)));
  });
}
