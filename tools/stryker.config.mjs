// Mutation testing of what decides: `npm run mutation`. Fails under a score of 80 %.
/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  testRunner: 'vitest',
  plugins: ['@stryker-mutator/vitest-runner'],
  vitest: { configFile: 'tools/vitest.mutation.config.ts', related: false },
  mutate: ['packages/core/src/{domain,gates,plan}/**/*.ts', '!packages/core/src/**/*.test.ts'],
  coverageAnalysis: 'perTest',
  concurrency: 2,
  tempDirName: '.stryker',
  reporters: ['clear-text', 'progress', 'json', 'html'],
  jsonReporter: { fileName: 'node_modules/.cache/mutation/mutation.json' },
  htmlReporter: { fileName: 'node_modules/.cache/mutation/mutation.html' },
  clearTextReporter: { logTests: false, reportTests: false, reportMutants: true },
  thresholds: { high: 90, low: 80, break: 80 },
  ignoreStatic: true,
  // TypeScript 7 has no JavaScript API, which Stryker would ask to rewrite paths in it; there are none.
  tsconfigFile: 'none.json',
  disableTypeChecks: false,
  cleanTempDir: 'always',
}
