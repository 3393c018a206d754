import { Injectable } from '@nestjs/common';
import { RanksweepError } from '../core/errors.js';
import type { Scope } from './access-rules.js';
import { runSql } from './dialect.js';
import { missingGrant, type Principal, type Role } from './principal.js';
import { Store } from './store.js';

const beginning = (column: string) => `${column} >= ? AND ${column} < ?`;

/** The projects of what an ID, or the beginning of one, names. */
const PROJECTS = {
  run: `SELECT "projectId" FROM run WHERE ${beginning('id')}`,
  sweep: `SELECT "projectId" FROM sweep WHERE ${beginning('id')}`,
  trial: `SELECT s."projectId" FROM trial t JOIN sweep s ON s.id = t."sweepId" WHERE ${beginning('t.id')}`,
  model: `SELECT "projectId" FROM logged_model WHERE ${beginning('id')}`,
  dataset: `SELECT r."projectId" FROM run_dataset d JOIN run r ON r.id = d."runId" WHERE (${beginning('d."datasetHash"')}) OR (${beginning('d."contentHash"')})`,
  artifact: `SELECT r."projectId" FROM run_artifact a JOIN run r ON r.id = a."runId" WHERE ${beginning('a.sha256')}
    UNION SELECT m."projectId" FROM run_artifact a JOIN logged_model m ON m.id = a."runId" WHERE ${beginning('a.sha256')}`,
  adapter: 'SELECT "projectId" FROM adapter_version WHERE name = ?',
  owner: `SELECT "projectId" FROM run WHERE ${beginning('id')} UNION SELECT "projectId" FROM logged_model WHERE ${beginning('id')}`,
} as const;
/** one project that may see it is enough: the content is the same everywhere */
const SHARED = new Set<Scope>(['dataset', 'artifact']);

/** Looks up where things belong, and whether a principal may do something there. */
@Injectable()
export class AccessScopes {
  constructor(private readonly store: Store) {}

  /** @throws RanksweepError NOT_FOUND for what is not there, or not the principal's to know of; FORBIDDEN: it sees it, and lacks the role */
  async check(principal: Principal, role: Role, scope: Exclude<Scope, 'new run'>, id: string): Promise<void> {
    const projects = await this.projectsOf(scope, id);
    const seen = projects.filter((project) => principal.sees(project));
    const isVisible = SHARED.has(scope)
      ? seen.length > 0
      : seen.length > 0 && seen.length === projects.length;
    if (!isVisible) throw notThere(scope, id);
    if (!principal.holds(role)) throw missingGrant(principal, role, `where the ${scope} "${id}" is`);
  }

  /** A run of this very ID may not be another project's. */
  async checkNew(principal: Principal, role: Role, id: string): Promise<void> {
    const rows: { projectId: string }[] = await runSql(
      this.store.read,
      'SELECT "projectId" FROM run WHERE id = ?',
      [id],
    );
    if (rows.every(({ projectId }) => principal.may(role, projectId))) return;
    throw missingGrant(principal, role, `where the run "${id}" is`);
  }

  private async projectsOf(scope: Exclude<Scope, 'new run'>, id: string): Promise<string[]> {
    if (id === '') return [];
    if (scope === 'experiment') return [await this.experiment('id', id)];
    if (scope === 'experiment name') return [await this.experiment('name', id)];
    const sql = PROJECTS[scope];
    const values =
      scope === 'adapter' ? [id] : Array.from(sql.matchAll(/ < \?/g)).flatMap(() => [id, `${id}\u{10ffff}`]);
    const rows: { projectId: string }[] = await runSql(
      this.store.read,
      `SELECT DISTINCT "projectId" FROM (${sql}) found`,
      values,
    );
    return rows.map(({ projectId }) => projectId);
  }

  /** MLflow's experiment "0" is the project named Default. */
  private async experiment(column: 'id' | 'name', value: string): Promise<string> {
    const [by, of] = column === 'id' && value === '0' ? ['name', 'Default'] : [column, value];
    const rows: { id: string }[] = await runSql(this.store.read, `SELECT id FROM project WHERE ${by} = ?`, [
      of,
    ]);
    return rows[0]?.id ?? '';
  }
}

function notThere(scope: Scope, id: string): RanksweepError {
  return new RanksweepError('NOT_FOUND', `there is no ${scope.split(' ')[0]} "${id.slice(0, 300)}"`);
}
