import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AccessService } from '../access/access.service.js';
import { Clock } from '../access/clock.js';
import { newId } from '../access/ids.js';
import { Project } from '../access/project.entity.js';
import { findByIdPrefix, found, insertRow, Store } from '../access/store.js';
import { ArtifactService } from '../artifacts/artifact.service.js';
import type { RunArtifact } from '../artifacts/run-artifact.entity.js';
import { Run } from '../runs/run.entity.js';
import type { Adapter, RollBackAdapterInput, ShipAdapterInput, ShippedAdapter } from './adapter.input.js';
import {
  adapterFiles,
  checkBecause,
  checkName,
  checkSameProject,
  checkShippable,
  earlierVersion,
  refuseUnjudged,
} from './adapter-checks.js';
import { AdapterEvent } from './adapter-event.entity.js';
import { AdapterVersion } from './adapter-version.entity.js';
import { GateService } from './gate.service.js';
import type { GateRecord } from './gate-record.entity.js';

/** Adapters in use, by name: shipped through the gate, rolled back, and never forgotten. */
@Injectable()
export class AdapterService {
  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly gates: GateService,
    private readonly artifacts: ArtifactService,
    private readonly access: AccessService,
  ) {}

  /** @throws RanksweepError CONFLICT if the gate does not say ship, or by another policy than before, and nobody says why */
  async ship(input: ShipAdapterInput): Promise<ShippedAdapter> {
    checkName(input.name);
    const because = input.because == null ? null : checkBecause(input.because);
    const run = found(await findByIdPrefix(this.store.read, Run, input.runId), 'run', input.runId);
    const files = adapterFiles(run, await this.artifacts.ofRun(run.id));
    const gate = await this.gateOf(run, input.policy ?? null);
    await this.store.write(async (tx) => {
      const before = await currentVersion(tx, input.name);
      checkSameProject(run, before);
      checkShippable(gate, before, because);
      await this.insert(tx, { run, gate, files, because, name: input.name });
    });
    return { adapter: await this.get(input.name), gate };
  }

  /** @throws RanksweepError CONFLICT if there is no version to go back to, or it is in use */
  async rollBack({ name, to, because }: RollBackAdapterInput): Promise<Adapter> {
    const reason = checkBecause(because);
    await this.store.write(async (tx) => {
      const last = await tx.findOne(AdapterEvent, { where: { name }, order: { number: 'DESC' } });
      const version = earlierVersion(name, last, to ?? null);
      const kept = await tx.findOneBy(AdapterVersion, { name, version });
      found(kept, `version of ${name}`, String(version));
      await this.note(tx, { name, action: 'roll_back', version, because: reason });
    });
    return this.get(name);
  }

  /** By name, as far as who asks may see them. @param project of this name only */
  async list(project: string | null): Promise<Adapter[]> {
    const query = this.store.read
      .createQueryBuilder(AdapterVersion, 'one')
      .select('one.name', 'name')
      .distinct();
    if (project !== null) {
      const of = await this.store.read.findOneBy(Project, { name: project });
      query.where('one.projectId = :id', { id: found(of, 'project', project).id });
    }
    const names: { name: string }[] = await query.getRawMany();
    const all = await Promise.all(
      names
        .map(({ name }) => name)
        .sort()
        .map((name) => this.get(name)),
    );
    return all.filter(({ projectId }) => this.access.current.sees(projectId));
  }

  async find(name: string): Promise<Adapter | null> {
    const order = { order: { version: 'DESC' } } as const;
    const versions = await this.store.read.find(AdapterVersion, { where: { name }, ...order });
    if (versions.length === 0) return null;
    const events = await this.store.read.find(AdapterEvent, { where: { name }, order: { number: 'DESC' } });
    const current = versions.find(({ version }) => version === events[0]?.version)!;
    return { name, projectId: current.projectId, current, versions, events };
  }

  /** Newest first. */
  shippedAs(runId: string): Promise<AdapterVersion[]> {
    return this.store.read.find(AdapterVersion, {
      where: { runId },
      order: { shippedAt: 'DESC', name: 'ASC' },
    });
  }

  private async get(name: string): Promise<Adapter> {
    return found(await this.find(name), 'adapter', name);
  }

  private async gateOf(run: Run, policy: string | null): Promise<GateRecord> {
    if (policy !== null) return this.gates.judge({ runId: run.id, policy });
    const [last] = await this.gates.ofRun(run.id);
    return last ?? refuseUnjudged(run);
  }

  private async insert(tx: EntityManager, { run, gate, files, because, name }: Shipment): Promise<void> {
    const last = await tx.maximum(AdapterVersion, 'version', { name });
    const version = (last ?? 0) + 1;
    const { lora } = run.config as { lora?: { rank?: number } };
    const { trainableParameters } = (run.facts ?? {}) as { trainableParameters?: number };
    const row = await insertRow(tx, AdapterVersion, {
      ...{ id: newId('adapter'), name, version, projectId: run.projectId, runId: run.id },
      ...{ gateId: gate.id, verdict: gate.verdict, policyHash: gate.policyHash, because },
      ...{ rank: lora?.rank ?? null, trainableParameters: trainableParameters ?? null },
      bytes: files.reduce((sum, { bytes }) => sum + bytes, 0),
      shippedAt: this.clock.instant(),
    });
    await this.artifacts.record(tx, row.id, files);
    await this.note(tx, { name, action: 'ship', version, because });
  }

  private async note(tx: EntityManager, event: Omit<AdapterEvent, 'number' | 'at'>): Promise<void> {
    const last = await tx.maximum(AdapterEvent, 'number', { name: event.name });
    await insertRow(tx, AdapterEvent, { ...event, number: (last ?? 0) + 1, at: this.clock.instant() });
  }
}

interface Shipment {
  run: Run;
  gate: GateRecord;
  files: RunArtifact[];
  because: string | null;
  name: string;
}

async function currentVersion(tx: EntityManager, name: string): Promise<AdapterVersion | null> {
  const last = await tx.findOne(AdapterEvent, { where: { name }, order: { number: 'DESC' } });
  return last === null ? null : tx.findOneBy(AdapterVersion, { name, version: last.version });
}
