import { All, Controller, Get, Header, UseFilters } from '@nestjs/common';
import { MlflowErrorFilter } from './protocol/mlflow-error.filter.js';
import { MlflowError } from './protocol/mlflow-error.js';

/** The version of MLflow whose API this is. */
export const MLFLOW_VERSION = '3.17.2';

@Controller()
@UseFilters(MlflowErrorFilter)
export class ServerInfoController {
  @Get('health')
  @Header('Content-Type', 'text/plain')
  health(): string {
    return 'OK';
  }

  @Get('version')
  @Header('Content-Type', 'text/plain')
  version(): string {
    return MLFLOW_VERSION;
  }

  @Get(['api/3.0/mlflow/server-info', 'ajax-api/3.0/mlflow/server-info'])
  serverInfo() {
    return {
      store_type: 'SqlStore',
      workspaces_enabled: false,
      trace_archival_enabled: false,
      multipart_uploads_enabled: false,
      multipart_downloads_enabled: false,
      features_enabled: {},
    };
  }

  /** Comes last: what no other controller of MLflow's API answers. */
  @All([
    'api/2.0/mlflow/*path',
    'api/3.0/mlflow/*path',
    'ajax-api/2.0/mlflow/*path',
    'ajax-api/3.0/mlflow/*path',
    'api/2.0/mlflow-artifacts/*path',
    'ajax-api/2.0/mlflow-artifacts/*path',
  ])
  unknown(): never {
    throw new MlflowError(
      'ENDPOINT_NOT_FOUND',
      'Ranksweep does not answer this part of MLflow’s API (traces, prompts, scorers, gateways, webhooks, multipart transfers). What it answers: docs/mlflow.md',
    );
  }
}
