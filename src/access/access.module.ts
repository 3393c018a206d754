import { type DynamicModule, Global, Module } from '@nestjs/common';
import { APP_GUARD } from '@nestjs/core';
import { AccessGuard } from './access.guard.js';
import { AccessService } from './access.service.js';
import { AccessScopes } from './access-scopes.js';
import { Clock } from './clock.js';
import { HealthController } from './health.controller.js';
import { LiveService } from './live.service.js';
import { ProjectResolver } from './project.resolver.js';
import { ProjectService } from './project.service.js';
import { ServerOptions } from './server-options.js';
import { Store } from './store.js';
import { TokenResolver } from './token.resolver.js';
import { TokenService } from './token.service.js';

@Global()
@Module({})
export class AccessModule {}

/** What every feature needs: the store, the clock, what the server was started with, and projects. */
export function accessModule(store: Store, clock: Clock, options: ServerOptions): DynamicModule {
  const given = [
    { provide: Store, useValue: store },
    { provide: Clock, useValue: clock },
    { provide: ServerOptions, useValue: options },
  ];
  return {
    module: AccessModule,
    controllers: [HealthController],
    providers: [
      ...given,
      ...[LiveService, ProjectService, ProjectResolver, TokenService, TokenResolver],
      ...[AccessService, AccessScopes, { provide: APP_GUARD, useClass: AccessGuard }],
    ],
    exports: [Store, Clock, ServerOptions, LiveService, ProjectService, AccessService],
  };
}
