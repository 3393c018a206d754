import { invalidParameter } from '../protocol/mlflow-error.js';

/** Where a path of the artifact proxy leads: to the files of a run or of a logged model, and there to a file or folder. */
export interface ArtifactPath {
  projectId: string;
  ownerId: string;
  kind: 'run' | 'model';
  /** path within; "" for all of it */
  name: string;
}

const RUN = /^([^/]+)\/([^/]+)\/artifacts(?:\/(.*))?$/s;
const MODEL = /^([^/]+)\/models\/([^/]+)\/artifacts(?:\/(.*))?$/s;

/**
 * `EXPERIMENT/RUN/artifacts/NAME` or `EXPERIMENT/models/MODEL/artifacts/NAME`.
 * @returns null for folders above these, in which there is nothing to see
 * @throws MlflowError for a path that climbs
 */
export function parseArtifactPath(path: string): ArtifactPath | null {
  checkPath(path);
  const model = MODEL.exec(path);
  if (model !== null)
    return { projectId: model[1]!, ownerId: model[2]!, kind: 'model', name: model[3] ?? '' };
  const run = RUN.exec(path);
  return run && { projectId: run[1]!, ownerId: run[2]!, kind: 'run', name: run[3] ?? '' };
}

/** @throws MlflowError unless it is a relative path that stays below where it starts */
export function checkPath(path: string): void {
  const climbs = path.split('/').some((segment) => segment === '..' || segment === '.');
  if (!climbs && !path.startsWith('/') && !/[\\\p{Cc}]/u.test(path)) return;
  throw invalidParameter(`Invalid path: ${JSON.stringify(path.slice(0, 300))}`);
}

export interface FileView {
  path: string;
  is_dir: boolean;
  file_size?: number;
}

/** What a folder holds, by its files' names: files with their size, and folders. Names are relative to the folder. */
export function listFolder(files: readonly { name: string; bytes: number }[], folder: string): FileView[] {
  const prefix = folder === '' ? '' : `${folder.replace(/\/+$/, '')}/`;
  const entries = new Map<string, FileView>();
  for (const { name, bytes } of files) {
    if (!name.startsWith(prefix) || name === prefix) continue;
    const [head, ...rest] = name.slice(prefix.length).split('/');
    const entry = rest.length > 0 ? { is_dir: true } : { is_dir: false, file_size: bytes };
    entries.set(head!, { path: head!, ...entry });
  }
  return [...entries.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}
