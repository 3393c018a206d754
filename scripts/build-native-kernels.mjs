/**
 * Compiles our operations for native TensorFlow (src/training/native-kernels) into .native/ (or RANKSWEEP_NATIVE_DIR), for processors
 * with AVX-512 and for those with AVX2: `node scripts/build-native-kernels.mjs`. setup:native does so at its end. What was compiled from
 * the same sources is left alone; without a compiler nothing is lost but speed.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const repository = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const sources = join(repository, 'src', 'training', 'native-kernels');
const LIBRARIES = ['tfjs-node', 'tfjs-node-gpu'].map((name) =>
  join('node_modules', '@tensorflow', name, 'deps', 'lib'),
);
/** Levels of x86-64 as compilers name them. NaN must stay NaN: no -ffast-math. */
const LEVELS = { 4: 'avx512', 3: 'avx2' };
const FLAGS = [
  '-std=c++17',
  '-O3',
  '-fPIC',
  '-shared',
  '-pthread',
  '-fvisibility=hidden',
  '-static-libstdc++',
  '-static-libgcc',
].concat(['-fno-math-errno', '-fno-trapping-math', '-fassociative-math', '-fno-signed-zeros', '-Wall']);

/** Of what src/training/native-kernels.ts expects: another version beside it, of another checkout, is left alone. */
const VERSION = /VERSION = (\d+);/.exec(readFileSync(join(sources, 'operations.h'), 'utf8'))[1];
const fileOf = (folder, level) => join(folder, `ranksweep-kernels-${VERSION}-${LEVELS[level]}.node`);

/**
 * @param folder of setup-native.mjs
 * @returns whether there is one for each level now
 */
export function buildNativeKernels(folder) {
  const library = LIBRARIES.find((path) => existsSync(join(folder, path)));
  if (!library) return false;
  const [hash, stamp] = [hashOfSources(), join(folder, `ranksweep-kernels-${VERSION}.sha256`)];
  const levels = Object.keys(LEVELS);
  const isThere = levels.every((level) => existsSync(fileOf(folder, level)));
  if (isThere && existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return true;
  if (!levels.every((level) => compile(folder, library, level))) return false;
  writeFileSync(stamp, hash);
  return true;
}

function hashOfSources() {
  const hash = createHash('sha256').update(FLAGS.join(' '));
  for (const name of readdirSync(sources).sort()) hash.update(name).update(readFileSync(join(sources, name)));
  return hash.digest('hex');
}

function compile(folder, library, level) {
  const [file, unfinished] = [fileOf(folder, level), `${fileOf(folder, level)}.${process.pid}`];
  const units = readdirSync(sources).filter((name) => name.endsWith('.cc'));
  const link = [
    '-L',
    join(folder, library),
    '-l:libtensorflow_framework.so.2',
    `-Wl,-rpath,$ORIGIN/${library}`,
  ];
  const cpu = [`-march=x86-64-v${level}`, `-DRANKSWEEP_CPU=${level}`];
  try {
    execFileSync(process.env.CXX ?? 'g++', [...FLAGS, ...cpu, '-o', unfinished, ...units, ...link], {
      cwd: sources,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  } catch {
    return false;
  }
  renameSync(unfinished, file);
  return true;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const folder = resolve(process.env.RANKSWEEP_NATIVE_DIR ?? join(repository, '.native'));
  const done = buildNativeKernels(folder);
  console.log(
    done
      ? `Kernels are ready in ${folder}`
      : `No kernels: is native TensorFlow in ${folder}, and a compiler here?`,
  );
  process.exitCode = done ? 0 : 1;
}
