import { RanksweepError } from '../core/errors.js';

/** Each may do what those before it may. */
export const ROLES = ['read', 'write', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** Who asks: what a token grants. */
export class Principal {
  constructor(
    readonly name: string,
    readonly role: Role | null,
    /** null: all projects, and what belongs to none (workers, storage, the tokens themselves) */
    readonly projectIds: ReadonlySet<string> | null,
  ) {}

  /** IDs of the projects that it sees; null: all */
  get visible(): string[] | null {
    if (this.role === null) return [];
    return this.projectIds === null ? null : [...this.projectIds];
  }

  /** Whether it has the role anywhere. */
  holds(role: Role): boolean {
    return this.role !== null && ROLES.indexOf(this.role) >= ROLES.indexOf(role);
  }

  sees(projectId: string): boolean {
    return this.role !== null && (this.projectIds?.has(projectId) ?? true);
  }

  may(role: Role, projectId: string): boolean {
    return this.sees(projectId) && this.holds(role);
  }

  mayEverywhere(role: Role): boolean {
    return this.projectIds === null && this.holds(role);
  }
}

/** Of a server that asks for no tokens: whoever reaches it is its owner. */
export const OWNER = new Principal('owner', 'admin', null);
export const NOBODY = new Principal('nobody', null, new Set());

/** The same words whether the project is there or not. */
export function missingGrant({ name }: Principal, role: Role, where: string): RanksweepError {
  const message = `the token "${name}" lacks the role ${role} ${where}`;
  return new RanksweepError('FORBIDDEN', message, [{ field: 'token', message }]);
}
