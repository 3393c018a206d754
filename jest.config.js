import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';

/** Jest in ESM mode with swc: decorators with metadata for Nest and TypeORM, JSX for Preact. */
const parser = { syntax: 'typescript', tsx: true, decorators: true };
/** The native primitives are tested by `npm run test:native`, and by `npm test` once it has installed native TensorFlow. */
const tfjsNode = join(
  process.env.RANKSWEEP_NATIVE_DIR ?? '.native',
  'node_modules/@tensorflow/tfjs-node/lib',
);
const withoutNative = existsSync(tfjsNode) ? [] : ['primitives-native\\.test\\.ts$'];
/** `npm run test:webgpu` tests these, and runs the contract on it too. */
const withoutWebgpu = process.env.RANKSWEEP_TEST_BACKENDS?.includes('webgpu')
  ? []
  : ['webgpu-kernels\\.test\\.ts$'];
/** `npm run test:postgres` has one. */
const withoutPostgres = process.env.RANKSWEEP_TEST_DATABASE ? [] : ['/test/postgres/'];
const react = { runtime: 'automatic', importSource: 'preact' };

export default {
  rootDir: '.',
  // Jest leaves one core free, which on two cores means one worker: twice the time.
  maxWorkers: Math.max(2, availableParallelism() - 1),
  testEnvironment: 'node',
  testMatch: process.env.RANKSWEEP_TEST_PROOFS
    ? ['<rootDir>/test/**/*.proof.ts']
    : ['<rootDir>/test/**/*.test.ts', '<rootDir>/test/**/*.test.tsx'],
  testPathIgnorePatterns: ['/node_modules/', ...withoutNative, ...withoutWebgpu, ...withoutPostgres],
  extensionsToTreatAsEsm: ['.ts', '.tsx'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: {
    '^.+\\.tsx?$': [
      '@swc/jest',
      {
        jsc: {
          parser,
          target: 'es2022',
          transform: { legacyDecorator: true, decoratorMetadata: true, react },
        },
        module: { type: 'es6' },
      },
    ],
  },
};
