/**
 * Makes datasets/ from the speeches, the novel and a seeded generator: `node scripts/make-datasets.mjs`. With `--check` it writes nothing
 * and fails if what is in git is not what it would write.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Tokenizer } from '@huggingface/tokenizers';
import { eraSets } from './make-datasets-era.mjs';
import { extractSets } from './make-datasets-extract.mjs';

const FOLDER = 'datasets';
const README = 'README.md';
const TABLE = /(<!-- table: made by scripts\/make-datasets.mjs -->\n)[\s\S]*(<!-- end of table -->)/;

function tokenCounter() {
  const read = (name) => JSON.parse(readFileSync(join('models/nano', name), 'utf8'));
  const tokenizer = new Tokenizer(read('tokenizer.json'), read('tokenizer_config.json'));
  return (text) => tokenizer.encode(text, { add_special_tokens: false }).ids.length;
}

/** Path below datasets/ → records. */
export function makeDatasets(lengthOf = tokenCounter()) {
  const era = eraSets(lengthOf);
  const extract = { ...extractSets(), 'base-capability.jsonl': era['base-capability.jsonl'] };
  const within = (name, sets) => Object.entries(sets).map(([file, records]) => [`${name}/${file}`, records]);
  return Object.fromEntries([...within('era', era), ...within('extract', extract)]);
}

const toJsonl = (records) => records.map((record) => `${JSON.stringify(record)}\n`).join('');

function tableRow(path, records, content, lengthOf) {
  const tokens = records.reduce(
    (sum, { text, prompt, completion }) => sum + lengthOf(text ?? prompt + completion),
    0,
  );
  const hash = createHash('sha256').update(content).digest('hex');
  return `| ${path} | ${records.length} | ${tokens} | ${Buffer.byteLength(content)} | \`${hash}\` |\n`;
}

/** Path below datasets/ → content of the file. */
function makeFiles() {
  const lengthOf = tokenCounter();
  const sets = Object.entries(makeDatasets(lengthOf)).map(([path, records]) => [
    path,
    records,
    toJsonl(records),
  ]);
  const head = '| file | records | tokens | bytes | SHA-256 |\n|---|--:|--:|--:|---|\n';
  const table =
    head + sets.map(([path, records, content]) => tableRow(path, records, content, lengthOf)).join('');
  const readme = readFileSync(join(FOLDER, README), 'utf8').replace(
    TABLE,
    (_, start, end) => start + table + end,
  );
  return { ...Object.fromEntries(sets.map(([path, , content]) => [path, content])), [README]: readme };
}

const currentContent = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : null);

/** The suites and policies of the tasks. */
const WRITTEN_BY_HAND = /^\w+\/(suite|policy)\.yaml$/;

function staleFiles(files) {
  const present = readdirSync(FOLDER, { recursive: true }).map((path) => path.replaceAll('\\', '/'));
  const unexpected = present.filter(
    (path) => /\.\w+$/.test(path) && !(path in files) && !WRITTEN_BY_HAND.test(path),
  );
  const changed = Object.keys(files).filter((path) => currentContent(join(FOLDER, path)) !== files[path]);
  return [...unexpected, ...changed];
}

function main(check) {
  const files = makeFiles();
  const stale = staleFiles(files);
  if (check && stale.length > 0) {
    console.error(`stale, run node scripts/make-datasets.mjs: ${stale.join(', ')}`);
    process.exitCode = 1;
  }
  if (check) return;
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(FOLDER, path)), { recursive: true });
    writeFileSync(join(FOLDER, path), content);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) main(process.argv.includes('--check'));
