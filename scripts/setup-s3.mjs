/**
 * Starts a server that speaks S3 (moto, from PyPI) on this machine, with one bucket and one user whose signatures it checks. Its Python
 * lies in .venv-s3, or is RANKSWEEP_MOTO_PYTHON.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const venv = join(repository, '.venv-s3');
const PACKAGE = 'moto[server]==5.2.5';
/** The calls that make the user and the bucket; all after them need a signature. */
const OPEN_CALLS = 4;
const PREPARE = `
import boto3, json, sys, time
options = dict(endpoint_url=sys.argv[1], region_name='us-east-1', aws_access_key_id='any', aws_secret_access_key='any')
iam = boto3.client('iam', **options)
iam.create_user(UserName='tests')
allow = {'Version': '2012-10-17', 'Statement': [{'Effect': 'Allow', 'Action': 's3:*', 'Resource': '*'}]}
iam.put_user_policy(UserName='tests', PolicyName='all', PolicyDocument=json.dumps(allow))
key = iam.create_access_key(UserName='tests')['AccessKey']
boto3.client('s3', **options).create_bucket(Bucket='ranksweep')
print(json.dumps([key['AccessKeyId'], key['SecretAccessKey']]))
`;

function findPython() {
  const python = process.env.RANKSWEEP_MOTO_PYTHON ?? join(venv, 'bin', 'python');
  const works = () => spawnSync(python, ['-c', 'import moto.server'], { stdio: 'ignore' }).status === 0;
  if (works()) return python;
  console.error(`Installing ${PACKAGE} into .venv-s3 …`);
  const run = (command, ...args) => spawnSync(command, args, { stdio: ['ignore', 2, 2] }).status === 0;
  const isMade =
    run('python3', '-m', 'venv', venv) && run(python, '-m', 'pip', 'install', '--quiet', PACKAGE);
  if (isMade && works()) return python;
  throw new Error(`no Python with ${PACKAGE}: the lines above say why`);
}

/** @returns the variables that name the bucket and open it, and what stops the server */
export async function startS3() {
  const python = findPython();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const env = { ...process.env, INITIAL_NO_AUTH_ACTION_COUNT: String(OPEN_CALLS) };
  const args = ['-c', 'from moto.server import main; main()', '-H', '127.0.0.1', '-p', String(port)];
  const server = spawn(python, args, { env, stdio: 'ignore' });
  try {
    await answers(url, server);
    const { stdout, stderr } = spawnSync(python, ['-c', PREPARE, url], { encoding: 'utf8' });
    if (!stdout) throw new Error(`the bucket could not be made: ${stderr}`);
    const [AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY] = JSON.parse(stdout);
    const keys = { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINT_URL: url, AWS_REGION: 'us-east-1' };
    return { env: { RANKSWEEP_TEST_S3: 's3://ranksweep', ...keys }, stop: () => server.kill() };
  } catch (error) {
    server.kill();
    throw error;
  }
}

function freePort() {
  return new Promise((done) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => done(port));
    });
  });
}

/** moto's own page is no call of a service: it is not counted. */
async function answers(url, server) {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (server.exitCode !== null) throw new Error('the S3 server ended at once');
    const answer = await fetch(`${url}/moto-api/data.json`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((done) => setTimeout(done, 100));
  }
  throw new Error('the S3 server does not answer');
}
