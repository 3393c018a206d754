import type { IncomingMessage } from 'node:http';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { type GqlContextType, GqlExecutionContext } from '@nestjs/graphql';
import type { Request } from 'express';
import type { GraphQLResolveInfo } from 'graphql';
import { AccessService } from './access.service.js';
import { GRAPHQL_RULES, type Rule, type Scope } from './access-rules.js';
import { AccessScopes } from './access-scopes.js';
import { httpRule } from './http-rules.js';
import { idsAt } from './named-ids.js';
import { missingGrant, type Principal } from './principal.js';

interface Asked {
  principal: Principal;
  rule: Rule | undefined;
  /** what is asked, in words */
  what: string;
  args: Record<string, unknown>;
}

/** Stands before every handler, of HTTP and of GraphQL: what has no rule is for who may do everything. */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly access: AccessService,
    private readonly scopes: AccessScopes,
  ) {}

  /** @throws RanksweepError FORBIDDEN that names the role that is missing; NOT_FOUND: not there, or not to be known of */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (!this.access.asksForTokens) return true;
    const asked = context.getType<GqlContextType>() === 'graphql' ? this.field(context) : this.route(context);
    await this.check(asked);
    return true;
  }

  private field(context: ExecutionContext): Asked {
    const graphql = GqlExecutionContext.create(context);
    const { fieldName } = graphql.getInfo<GraphQLResolveInfo>();
    const { req } = graphql.getContext<{ req: GraphqlRequest }>();
    const principal = this.access.of('extra' in req ? req.extra.request : req);
    return { principal, rule: GRAPHQL_RULES[fieldName], what: fieldName, args: graphql.getArgs() };
  }

  private route(context: ExecutionContext): Asked {
    const request = context.switchToHttp().getRequest<Request>();
    const { method, body, query } = request;
    const pattern = String(request.route?.path ?? request.path);
    const args = { params: paramsOf(request), body, query };
    const principal = this.access.of(request);
    return { principal, rule: httpRule(method, pattern), what: `${method} ${pattern}`, args };
  }

  private async check({ principal, rule, what, args }: Asked): Promise<void> {
    if (rule?.isPublic) return;
    const { role, where, filter, orEverywhere } = rule ?? { role: 'admin', where: 'everywhere' };
    const isForAll = where === 'everywhere' || (orEverywhere && idsAt(args, orEverywhere).length === 0);
    if (isForAll && !principal.mayEverywhere(role))
      throw missingGrant(principal, role, `on all projects: ${what} needs it`);
    if (where === 'anywhere' && !principal.holds(role))
      throw missingGrant(principal, role, `: ${what} needs it`);
    if (filter !== undefined) narrow(args, filter, principal);
    if (Array.isArray(where)) await this.checkIds(principal, role, where, args, what);
  }

  private async checkIds(
    principal: Principal,
    role: Rule['role'],
    where: [Scope, string][],
    args: unknown,
    what: string,
  ): Promise<void> {
    if (principal.mayEverywhere(role)) return;
    for (const [scope, path] of where) {
      for (const id of idsAt(args, path)) {
        if (scope === 'new run') await this.scopes.checkNew(principal, role, id);
        else await this.scopes.check(principal, role, scope, id);
      }
    }
    if (!principal.holds(role)) throw missingGrant(principal, role, `: ${what} needs it`);
  }
}

type GraphqlRequest = IncomingMessage | { extra: { request: IncomingMessage } };

/** The runs of other projects are as if they were not there: of one page, and of every news. */
function narrow(args: Record<string, unknown>, name: string, { visible }: Principal): void {
  if (visible !== null) args[name] = { ...(args[name] as object | null | undefined), projectIds: visible };
}

/** Of a path below the artifacts, who owns it: EXPERIMENT/RUN/artifacts/… or EXPERIMENT/models/MODEL/artifacts/… */
function paramsOf({ params, path, query }: Request): Record<string, unknown> {
  const below = /\/mlflow-artifacts\/artifacts\/?(.*)$/.exec(path)?.[1];
  if (below === undefined) return params;
  const [, second = '', third = ''] = decoded(below || String(query.path ?? '')).split('/');
  return { path: second === 'models' ? third : second };
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return '';
  }
}
