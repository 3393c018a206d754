/**
 * Types every GraphQL operation against schema.gql: src/api-client/*.graphql for worker and command line, client/api/*.graphql for the page,
 * each to operations.generated.ts beside them. `--check` writes nothing and fails when a file is not what it would write.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codegen } from '@graphql-codegen/core';
import * as documentPlugin from '@graphql-codegen/typed-document-node';
import * as operationsPlugin from '@graphql-codegen/typescript-operations';
import { buildSchema, parse } from 'graphql';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const FOLDERS = ['src/api-client', 'client/api'];
const TARGET = 'operations.generated.ts';
const HEADER =
  '// Made by scripts/generate-api.mjs from the .graphql files beside it and schema.gql. Do not edit.\n';

/** JSON is any value: readers narrow it. A metric value crosses JSON as core/metric-value.ts says. */
const SCALARS = {
  ID: 'string',
  JSON: { input: 'unknown', output: 'any' },
  MetricValue: "number | 'NaN' | 'Infinity' | '-Infinity'",
  Numbers: 'number[]',
  MetricValues: "(number | 'NaN' | 'Infinity' | '-Infinity')[]",
  Instant: 'string',
};
const CONFIG = {
  scalars: SCALARS,
  useTypeImports: true,
  skipTypename: true,
  enumType: 'string-literal',
  documentMode: 'string',
  emitLegacyCommonJSImports: false,
};

const read = (path) => readFileSync(resolve(ROOT, path), 'utf8');

function documentsOf(folder) {
  if (!existsSync(join(ROOT, folder))) return [];
  const names = readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.graphql'))
    .sort();
  return names.map((name) => {
    const rawSDL = read(`${folder}/${name}`);
    return { location: `${folder}/${name}`, rawSDL, document: parse(rawSDL) };
  });
}

async function generate(folder, documents, schemaText) {
  const schema = buildSchema(schemaText);
  const text = await codegen({
    filename: `${folder}/${TARGET}`,
    schema: parse(schemaText),
    schemaAst: schema,
    documents,
    config: CONFIG,
    plugins: [{ operations: {} }, { documents: {} }],
    pluginMap: { operations: operationsPlugin, documents: documentPlugin },
  });
  return `${HEADER}${text.trimEnd()}\n`;
}

async function main(isCheck) {
  const schemaText = read(process.env.RANKSWEEP_SCHEMA ?? 'schema.gql');
  let isFresh = true;
  for (const folder of FOLDERS) {
    const documents = documentsOf(folder);
    if (documents.length === 0) continue;
    const path = join(ROOT, folder, TARGET);
    const wanted = await generate(folder, documents, schemaText);
    if (!isCheck) writeFileSync(path, wanted);
    else if (!existsSync(path) || readFileSync(path, 'utf8') !== wanted) {
      isFresh = false;
      console.error(
        `${folder}/${TARGET} is not what its operations and schema.gql give: run npm run generate`,
      );
    }
  }
  return isFresh;
}

process.exitCode = (await main(process.argv.includes('--check'))) ? 0 : 1;
