import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where `npm run setup:native` or `setup:webgpu` installs: RANKSWEEP_NATIVE_DIR or _WEBGPU_DIR, or .native or .webgpu beside the package.json. */
export function installedFolder(what: 'native' | 'webgpu'): string {
  const fromEnvironment = process.env[`RANKSWEEP_${what.toUpperCase()}_DIR`];
  if (fromEnvironment) return resolve(fromEnvironment);
  const here = dirname(fileURLToPath(import.meta.url));
  const above = here.includes(`${join('dist', 'src')}`) ? '../../..' : '../..';
  return resolve(here, above, `.${what}`);
}
