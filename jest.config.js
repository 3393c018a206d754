/** Jest in ESM mode with swc: decorators with metadata for Nest and TypeORM, JSX for Preact. */
const parser = { syntax: 'typescript', tsx: true, decorators: true };
const react = { runtime: 'automatic', importSource: 'preact' };

export default {
  rootDir: '.',
  testEnvironment: 'node',
  testMatch: ['<rootDir>/test/**/*.test.ts', '<rootDir>/test/**/*.test.tsx'],
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
