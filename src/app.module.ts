import { ApolloServerPluginCacheControlDisabled } from '@apollo/server/plugin/disabled';
import { ApolloDriver, type ApolloDriverConfig } from '@nestjs/apollo';
import { type DynamicModule, Module } from '@nestjs/common';
import { GraphQLModule } from '@nestjs/graphql';
import { accessModule } from './access/access.module.js';
import type { Clock } from './access/clock.js';
import { formatGraphqlError } from './access/graphql-errors.js';
import { graphqlLimits } from './access/graphql-limits.js';
import type { LiveSockets } from './access/live-sockets.js';
import type { ServerOptions } from './access/server-options.js';
import type { Store } from './access/store.js';
import { AdaptersModule } from './adapters/adapters.module.js';
import { ArtifactsModule } from './artifacts/artifacts.module.js';
import { DatasetsModule } from './datasets/datasets.module.js';
import { MlflowModule } from './mlflow/mlflow.module.js';
import { RunsModule } from './runs/runs.module.js';
import { SweepsModule } from './sweeps/sweeps.module.js';

/** The parser gives up on longer queries. */
const MAX_TOKENS = 5000;

function graphql(sockets: LiveSockets): DynamicModule {
  return GraphQLModule.forRoot<ApolloDriverConfig>({
    driver: ApolloDriver,
    autoSchemaFile: true,
    sortSchema: true,
    csrfPrevention: true,
    introspection: true,
    graphiql: false,
    includeStacktraceInErrorResponses: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    formatError: formatGraphqlError,
    // Apollo's own cache hints would wrap the resolver of every field: nothing here is cacheable
    plugins: [graphqlLimits, ApolloServerPluginCacheControlDisabled()],
    subscriptions: { 'graphql-ws': sockets.options as never },
  });
}

/** The server's features, joined. */
@Module({
  imports: [DatasetsModule, ArtifactsModule, RunsModule, SweepsModule, AdaptersModule, MlflowModule],
})
export class FeaturesModule {}

@Module({})
export class AppModule {}

/** The whole application around what it was started with. */
export function appModule(
  store: Store,
  clock: Clock,
  options: ServerOptions,
  sockets: LiveSockets,
): DynamicModule {
  const imports = [accessModule(store, clock, options), graphql(sockets), FeaturesModule];
  return { module: AppModule, imports };
}
