import type { ArtifactSettings } from './artifact-settings.js';

/** What a server was started with. A class, so that Nest can hand it to services by type. */
export class ServerOptions {
  constructor(
    readonly dataFolder: string,
    /** a run whose worker is silent for this long is lost */
    readonly leaseMs: number,
    readonly version: string,
    readonly artifacts: ArtifactSettings,
    /** whether whoever asks has to show a token */
    readonly requireToken = false,
  ) {}
}
