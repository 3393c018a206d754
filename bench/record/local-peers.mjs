/** Trackio and Aim write into files on this machine, without a server: their points per second as their own documentation logs. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { peerPython, repository } from './servers.mjs';

export function measureLocalPeers(folder) {
  const script = join(repository, 'bench', 'record', 'local-peers.py');
  const measure = (name) => {
    const python = peerPython(name);
    if (python === null) return 'could not be installed';
    const environment = {
      ...process.env,
      TRACKIO_DIR: folder,
      HF_HUB_OFFLINE: '1',
      GRADIO_ANALYTICS_ENABLED: 'False',
    };
    const { stdout, status } = spawnSync(python, [script, name], {
      cwd: folder,
      encoding: 'utf8',
      env: environment,
      timeout: 300_000,
    });
    const line = stdout?.trim().split('\n').at(-1);
    return status === 0 && line ? JSON.parse(line) : `ended with ${status}`;
  };
  return { trackio: measure('trackio'), aim: measure('aim') };
}
