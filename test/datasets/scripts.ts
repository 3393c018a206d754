import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What the tests use of the scripts that make corpus and datasets; they are plain JavaScript without types. */
export interface CorpusScripts {
  corpusDocuments(): string[];
  corpusParts(): { speeches: string[]; novel: string[]; structured: string[] };
}
export interface ExtractScripts {
  KNOWN: Record<string, string[]>;
  UNSEEN: Record<string, string[]>;
}

const load = (name: string) => import(pathToFileURL(resolve('scripts', name)).href);

export const corpusScripts = (): Promise<CorpusScripts> => load('make-corpus.mjs');
export const extractScripts = (): Promise<ExtractScripts> => load('make-datasets-extract.mjs');
