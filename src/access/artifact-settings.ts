import { join, resolve } from 'node:path';
import { parseByteCount } from '../core/byte-count.js';
import { RanksweepError } from '../core/errors.js';

export interface S3Settings {
  bucket: string;
  /** "" or ends in a slash */
  prefix: string;
  /** e.g. http://127.0.0.1:9000; default: Amazon's of the region */
  endpoint: string | null;
  region: string;
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string | null;
}

export interface ArtifactSettings {
  /** contents lie in this folder, or in a bucket */
  place: { folder: string } | { s3: S3Settings };
  /** uploads wait here until they are complete: on a disk the same as the contents' */
  spoolFolder: string;
  /** null: no limit */
  quotaBytes: number | null;
  projectQuotaBytes: number | null;
  /** data sets and models of more bytes are not kept with the runs that read them */
  keepBytes: number;
}

const KEEP_BYTES = 256e6;

type Environment = Record<string, string | undefined>;

/**
 * RANKSWEEP_ARTIFACTS: a folder, or s3://bucket/prefix with the variables that every S3 client reads; default: DATA/artifacts.
 * RANKSWEEP_ARTIFACT_QUOTA, RANKSWEEP_PROJECT_QUOTA and RANKSWEEP_KEEP_INPUTS: sizes such as 20 GiB.
 * @throws RanksweepError INVALID_INPUT that names the variable
 */
export function readArtifactSettings(dataFolder: string, environment: Environment): ArtifactSettings {
  const place = environment.RANKSWEEP_ARTIFACTS || join(dataFolder, 'artifacts');
  const isRemote = /^[a-z0-9]+:\/\//i.test(place);
  const folder = isRemote ? join(dataFolder, 'artifacts') : resolve(place);
  return {
    place: isRemote ? { s3: readS3(place, environment) } : { folder },
    spoolFolder: join(folder, 'uploads'),
    quotaBytes: readQuota('RANKSWEEP_ARTIFACT_QUOTA', environment),
    projectQuotaBytes: readQuota('RANKSWEEP_PROJECT_QUOTA', environment),
    keepBytes: readQuota('RANKSWEEP_KEEP_INPUTS', environment) ?? KEEP_BYTES,
  };
}

function readQuota(name: string, environment: Environment): number | null {
  const text = environment[name];
  return text ? parseByteCount(text, name) : null;
}

function readS3(place: string, environment: Environment): S3Settings {
  const [, bucket, prefix] = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*?))?\/*$/.exec(place) ?? [];
  if (bucket === undefined) throw invalid('RANKSWEEP_ARTIFACTS', place, 'a folder, or s3://bucket/prefix');
  const endpoint = environment.AWS_ENDPOINT_URL_S3 || environment.AWS_ENDPOINT_URL || null;
  if (endpoint !== null && !/^https?:\/\/[^/\s]+/.test(endpoint)) {
    throw invalid('AWS_ENDPOINT_URL', endpoint, 'an address such as http://127.0.0.1:9000');
  }
  return {
    bucket,
    prefix: prefix ? `${prefix}/` : '',
    endpoint: endpoint?.replace(/\/+$/, '') ?? null,
    region: environment.AWS_REGION || environment.AWS_DEFAULT_REGION || 'us-east-1',
    accessKeyId: required('AWS_ACCESS_KEY_ID', environment),
    secretAccessKey: required('AWS_SECRET_ACCESS_KEY', environment),
    sessionToken: environment.AWS_SESSION_TOKEN || null,
  };
}

function required(name: string, environment: Environment): string {
  const value = environment[name];
  if (value) return value;
  throw invalid(name, 'nothing', 'the key of the bucket that RANKSWEEP_ARTIFACTS names');
}

function invalid(field: string, found: string, expected: string): RanksweepError {
  const message = `found ${JSON.stringify(found)}, expected ${expected}`;
  return new RanksweepError('INVALID_INPUT', `${field}: ${message}`, [{ field, message }]);
}
