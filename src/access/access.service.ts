import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import { Injectable } from '@nestjs/common';
import { missingGrant, NOBODY, OWNER, type Principal, type Role } from './principal.js';
import { ServerOptions } from './server-options.js';

/** Who asks, for each request: known before its body is read, and to whoever works on it. */
@Injectable()
export class AccessService {
  private readonly known = new WeakMap<object, Principal>();
  private readonly asking = new AsyncLocalStorage<Principal>();

  constructor(private readonly options: ServerOptions) {}

  /** false: the server is its owner's alone, who needs no token */
  get asksForTokens(): boolean {
    return this.options.requireToken;
  }

  note(request: IncomingMessage, principal: Principal): void {
    this.known.set(request, principal);
  }

  of(request: IncomingMessage | undefined): Principal {
    return (request && this.known.get(request)) ?? this.stranger;
  }

  /** Runs the rest of a request in the name of who sent it. */
  run<Result>(request: IncomingMessage, work: () => Result): Result {
    return this.asking.run(this.of(request), work);
  }

  /** Whoever the work under way is for. */
  get current(): Principal {
    return this.asking.getStore() ?? this.stranger;
  }

  /** @param project its ID, or undefined where there is none of this name @throws RanksweepError FORBIDDEN, in words that do not tell which */
  checkProject(role: Role, project: string | undefined, name: string): void {
    const principal = this.current;
    const may = project === undefined ? principal.mayEverywhere(role) : principal.may(role, project);
    if (!may) throw missingGrant(principal, role, `in the project "${name}"`);
  }

  private get stranger(): Principal {
    return this.asksForTokens ? NOBODY : OWNER;
  }
}
