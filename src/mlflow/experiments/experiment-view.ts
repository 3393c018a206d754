import type { Project } from '../../access/project.entity.js';
import type { Experiment } from './experiment.service.js';

/** Where the files of an experiment's runs are: behind this server, whatever its address. */
export function experimentArtifacts(projectId: string): string {
  return `mlflow-artifacts:/${projectId}`;
}

export function experimentView({ project, tags }: Experiment) {
  return {
    experiment_id: project.id,
    name: project.name,
    artifact_location: experimentArtifacts(project.id),
    lifecycle_stage: lifecycleStage(project),
    creation_time: Date.parse(project.createdAt),
    last_update_time: Date.parse(project.updatedAt ?? project.createdAt),
    ...(tags.length > 0 && { tags: tags.map(({ key, value }) => ({ key, value })) }),
  };
}

export function lifecycleStage({ deletedAt }: Pick<Project, 'deletedAt'>): 'active' | 'deleted' {
  return deletedAt === null ? 'active' : 'deleted';
}

/** Which lifecycle stages a view shows. */
export function isShown(view: string | undefined, row: Pick<Project, 'deletedAt'>): boolean {
  if (view === 'ALL') return true;
  return (row.deletedAt !== null) === (view === 'DELETED_ONLY');
}
