/** `npm run generate`: makes every generated file anew, in the order in which they depend on each other. */
import { spawnSync } from 'node:child_process';

for (const generator of ['generate-kernels', 'generate-schema', 'generate-api', 'make-datasets']) {
  const { status } = spawnSync(process.execPath, [`scripts/${generator}.mjs`], { stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}
