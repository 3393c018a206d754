import { AccessService } from './access.service.js';
import { readArtifactSettings } from './artifact-settings.js';
import { Clock } from './clock.js';
import { ProjectService } from './project.service.js';
import { ServerOptions } from './server-options.js';
import type { Store } from './store.js';
import { TokenService } from './token.service.js';

/** The tokens of a database that no server has open: whoever may read its file is its owner. */
export function offlineTokens(store: Store): TokenService {
  const clock = new Clock();
  const access = new AccessService(new ServerOptions('', 0, '', readArtifactSettings('', {})));
  return new TokenService(store, clock, access, new ProjectService(store, clock, access));
}
