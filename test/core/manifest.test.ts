import { describe, expect, it } from '@jest/globals';
import { changedSince, manifestOf, openManifest, sealManifest } from '../../src/core/manifest.js';

const HASH = 'a'.repeat(64);
const OTHER = 'b'.repeat(64);
const train = {
  ...{ use: 'train', path: 'a.jsonl', contentHash: HASH, canonicalHash: HASH, examples: 3, bytes: 9 },
};
const manifest = manifestOf({
  ...{ runId: 'run_1', config: { lora: { rank: 4 }, seed: 3 }, datasets: [train], model: null, files: [] },
  seeds: { dataOrder: { seed: 3, stream: 'order/EPOCH' } },
  provenance: { git: { commit: 'c' }, versions: { node: '20' } },
});
const recorded = {
  ...{ id: 'run_1', config: { seed: 3, lora: { rank: 4 } }, seed: 3, datasets: [train] },
  provenance: { versions: { node: '20' }, git: { commit: 'c' } },
};

describe('a sealed manifest', () => {
  it('has one text and one seal, whatever the order of its keys', () => {
    const { text, sha256 } = sealManifest(manifest);
    const turned = JSON.parse(text, (_, value) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).reverse())
        : value,
    );
    expect(sealManifest(turned)).toEqual({ text, sha256 });
    expect(openManifest(text, sha256)).toEqual(manifest);
  });

  it('is not opened with one character changed, nor if it is something else', () => {
    const { text, sha256 } = sealManifest(manifest);
    expect(openManifest(text.replace('"rank":4', '"rank":8'), sha256)).toContain(
      `it was sealed as ${sha256}`,
    );
    const other = sealManifest({ ...manifest, version: 2 } as never);
    expect(openManifest(other.text, other.sha256)).toContain('version');
  });

  it('agrees with the record it was made from, and with what may come to it', () => {
    expect(changedSince(manifest, recorded)).toEqual([]);
    const provenance = { ...recorded.provenance, resumptions: [1], trial: { sweepId: 's' } };
    expect(changedSince(manifest, { ...recorded, provenance })).toEqual([]);
  });

  it('names every place that was changed afterwards', () => {
    const changed = {
      ...{ id: 'run_1', seed: 4, config: { lora: { rank: 8, alpha: 2 }, seed: 3 } },
      datasets: [{ ...train, contentHash: OTHER }],
      provenance: { git: { commit: 'd' } },
    };
    expect(changedSince(manifest, changed)).toEqual([
      ...['config.lora.alpha', 'config.lora.rank', 'seed', 'datasets.train'],
      ...['provenance.git.commit', 'provenance.versions'],
    ]);
  });
});
