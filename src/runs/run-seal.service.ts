import { buffer } from 'node:stream/consumers';
import { Injectable } from '@nestjs/common';
import { ArtifactStorage } from '../artifacts/artifact-storage.js';
import { changedSince, MANIFEST_NAME, openManifest } from '../core/manifest.js';
import { DatasetService } from '../datasets/dataset.service.js';
import type { Run } from './run.entity.js';
import type { RunSeal } from './run-seal.type.js';

/** A manifest has some kilobytes, with a large diff some hundreds. */
const LARGEST_MANIFEST_BYTES = 16 * 2 ** 20;

/** Compares the record of a run with the manifest that it was sealed with. */
@Injectable()
export class RunSealService {
  constructor(
    private readonly storage: ArtifactStorage,
    private readonly datasets: DatasetService,
  ) {}

  async of(run: Run): Promise<RunSeal | null> {
    const { manifestHash: sha256 } = run;
    if (sha256 === null) return null;
    const problems = await this.problemsOf(run, sha256);
    return { sha256, intact: problems.length === 0, problems };
  }

  private async problemsOf(run: Run, seal: string): Promise<string[]> {
    const text = await this.read(seal);
    if (text === null) return [`${MANIFEST_NAME} is not there any more`];
    const manifest = openManifest(text, seal);
    if (typeof manifest === 'string') return [`${MANIFEST_NAME}: ${manifest}`];
    const uses = await this.datasets.ofRun(run.id);
    const datasets = uses.map(({ use, contentHash, datasetHash }) => ({
      ...{ use, contentHash, canonicalHash: datasetHash },
    }));
    return changedSince(manifest, { ...run, datasets }).map((path) => `${path} was changed after the seal`);
  }

  private async read(sha256: string): Promise<string | null> {
    const bytes = await this.storage.blobs.bytes(sha256).catch(() => null);
    if (bytes === null || bytes > LARGEST_MANIFEST_BYTES) return null;
    return (await buffer(await this.storage.blobs.read(sha256))).toString('utf8');
  }
}
