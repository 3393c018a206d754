import { applyDecorators, HttpCode, Post } from '@nestjs/common';

/** Where MLflow's clients and its own page look for the API. */
export const MLFLOW_ROOTS = ['api/2.0/mlflow', 'ajax-api/2.0/mlflow'];

export const under = (folder: string): string[] => MLFLOW_ROOTS.map((root) => `${root}/${folder}`);

/** A POST that answers 200, as all of MLflow's do: its client takes anything else for an error. */
export function Call(path: string): MethodDecorator {
  return applyDecorators(Post(path), HttpCode(200));
}
