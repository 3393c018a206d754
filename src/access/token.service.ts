import { Injectable } from '@nestjs/common';
import { type EntityManager, IsNull } from 'typeorm';
import { RanksweepError } from '../core/errors.js';
import { AccessService } from './access.service.js';
import { AccessToken } from './access-token.entity.js';
import { Clock } from './clock.js';
import { FailedTries } from './failed-tries.js';
import { inTurn } from './in-turn.js';
import { missingGrant, Principal, ROLES, type Role } from './principal.js';
import { ProjectService } from './project.service.js';
import { found, insertRow, Store } from './store.js';
import type { CreateTokenInput } from './token.input.js';
import { areEqualHashes, hashSecret, idOfSecret, newSecret } from './token-secret.js';

const DAY_MS = 86_400_000;
const LONGEST_DAYS = 3650;
/** A token that was found good is not looked up again for so long: another server's revocation is heeded then, our own at once. */
const TRUST_MS = 5000;
const USE_NOTED_EVERY_MS = 3_600_000;
const NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._@/-]{0,99}$/u;

interface Known {
  principal: Principal;
  until: number;
}

/** Tokens: made, shown once, listed, revoked, and recognised. */
@Injectable()
export class TokenService {
  private readonly known = new Map<string, Known>();
  private readonly failed: FailedTries;

  constructor(
    private readonly store: Store,
    private readonly clock: Clock,
    private readonly access: AccessService,
    private readonly projects: ProjectService,
  ) {
    this.failed = new FailedTries(() => clock.now());
  }

  /** @returns the token, and the secret that is never shown again. Projects that it names are made if they are not there. */
  create(input: CreateTokenInput): Promise<{ token: AccessToken; secret: string }> {
    checkInput(input);
    const { id, secret } = newSecret();
    return this.store.write(async (tx) => {
      const projectIds = input.projects ? await this.projectIds(tx, input.projects) : null;
      const token = await insertRow(tx, AccessToken, {
        ...{ id, name: input.name, role: input.role as Role, projectIds, sha256: hashSecret(secret) },
        ...{ createdAt: this.clock.instant(), expiresAt: this.expiry(input.days) },
        ...{ lastUsedAt: null, revokedAt: null },
      });
      this.checkManages(token);
      return { token, secret };
    });
  }

  /** Those that the caller manages, newest first, without their secrets. */
  async list(): Promise<AccessToken[]> {
    const tokens = await this.store.read.find(AccessToken, { order: { createdAt: 'DESC', id: 'ASC' } });
    return tokens.filter((token) => this.manages(token));
  }

  /** By ID. From now on it opens nothing. */
  revoke(id: string): Promise<AccessToken> {
    return this.store.write(async (tx) => {
      const token = await tx.findOneBy(AccessToken, { id });
      const mine = found(token !== null && this.manages(token) ? token : null, 'token', id);
      const revokedAt = mine.revokedAt ?? this.clock.instant();
      await tx.update(AccessToken, { id }, { revokedAt });
      this.known.clear();
      return { ...mine, revokedAt };
    });
  }

  /** How many open a server now. */
  async countUsable(): Promise<number> {
    const tokens = await this.store.read.findBy(AccessToken, { revokedAt: IsNull() });
    return tokens.filter((token) => this.isUsable(token)).length;
  }

  /**
   * Who shows this secret.
   * @param address of the other side: many wrong tries have to wait
   * @throws RanksweepError UNAUTHENTICATED; UNAVAILABLE: too many tries
   */
  async recognise(secret: string | null, address: string): Promise<Principal> {
    if (secret === null)
      throw unauthenticated(
        'this server asks for a token: send it as Authorization: Bearer TOKEN (RANKSWEEP_TOKEN, MLFLOW_TRACKING_TOKEN)',
      );
    const hash = hashSecret(secret);
    const known = this.known.get(hash);
    if (known !== undefined && known.until > this.clock.now()) return known.principal;
    const waitMs = this.failed.waitMs(address);
    if (waitMs > 0)
      throw new RanksweepError(
        'UNAVAILABLE',
        `too many wrong tokens from ${address}: try again in ${Math.ceil(waitMs / 1000)} s`,
      );
    const token = await this.byHash(secret, hash);
    if (token === null) {
      this.failed.note(address);
      throw unauthenticated('the token is unknown, expired or revoked');
    }
    return this.trust(token, hash);
  }

  private async projectIds(tx: EntityManager, names: string[]): Promise<string[]> {
    const projects = await inTurn([...new Set(names)], (name) => this.projects.ensure(tx, name));
    return projects.map(({ id }) => id);
  }

  private async byHash(secret: string, hash: string): Promise<AccessToken | null> {
    const id = idOfSecret(secret);
    const token = id === null ? null : await this.store.read.findOneBy(AccessToken, { id });
    return token !== null && areEqualHashes(token.sha256, hash) && this.isUsable(token) ? token : null;
  }

  private trust(token: AccessToken, hash: string): Principal {
    const projectIds = token.projectIds && new Set(token.projectIds);
    const principal = new Principal(token.name, token.role, projectIds);
    const expires = token.expiresAt === null ? Infinity : Date.parse(token.expiresAt);
    if (this.known.size >= 10_000) this.known.clear();
    this.known.set(hash, { principal, until: Math.min(expires, this.clock.now() + TRUST_MS) });
    this.noteUse(token);
    return principal;
  }

  /** In passing: nobody waits for it. */
  private noteUse({ id, lastUsedAt }: AccessToken): void {
    if (lastUsedAt !== null && this.clock.now() - Date.parse(lastUsedAt) < USE_NOTED_EVERY_MS) return;
    const use = { lastUsedAt: this.clock.instant() };
    this.store
      .write((tx) => tx.update(AccessToken, { id }, use))
      .catch((error) => console.error('a token’s use was not noted:', error));
  }

  private isUsable({ revokedAt, expiresAt }: AccessToken): boolean {
    return revokedAt === null && (expiresAt === null || Date.parse(expiresAt) > this.clock.now());
  }

  /** Who has the role admin where a token reaches, manages it. */
  private manages({ projectIds }: AccessToken): boolean {
    const { current } = this.access;
    if (projectIds === null) return current.mayEverywhere('admin');
    return projectIds.every((id) => current.may('admin', id));
  }

  private checkManages(token: AccessToken): void {
    if (!this.manages(token))
      throw missingGrant(this.access.current, 'admin', 'where the new token would reach');
  }

  private expiry(days: number | null | undefined): string | null {
    return days === null || days === undefined
      ? null
      : new Date(this.clock.now() + days * DAY_MS).toISOString();
  }
}

function unauthenticated(message: string): RanksweepError {
  return new RanksweepError('UNAUTHENTICATED', message, [{ field: 'token', message }]);
}

function checkInput({ name, role, days, projects }: CreateTokenInput): void {
  const problems = [
    !NAME.test(name) && {
      field: 'name',
      message: `found ${JSON.stringify(name)}, allowed are up to 100 letters, digits, spaces and . _ @ / -`,
    },
    !(ROLES as readonly string[]).includes(role) && {
      field: 'role',
      message: `found ${JSON.stringify(role)}, allowed are ${ROLES.join(', ')}`,
    },
    days !== null &&
      days !== undefined &&
      !(days > 0 && days <= LONGEST_DAYS) && {
        field: 'days',
        message: `found ${days}, allowed are more than 0 and at most ${LONGEST_DAYS}`,
      },
    projects?.length === 0 && {
      field: 'projects',
      message: 'found none: name a project, or leave it out for all',
    },
  ].filter((problem) => typeof problem === 'object');
  if (problems.length === 0) return;
  throw new RanksweepError(
    'INVALID_INPUT',
    problems.map(({ field, message }) => `${field}: ${message}`).join('; '),
    problems,
  );
}
