import { defineConfig } from 'vitest/config'

/**
 * Six projects. `unit` and `database` are the fast part: their files share the processes they run in, since
 * loading the same modules anew for each of 170 files took longer than the tests. `process` starts whole programs;
 * `e2e` starts the whole platform; `browser` drives it in headless Chromium. Tests of whole platforms took 240 s on
 * a machine with load 20, hence their ten minutes. GitHub's packages import JSON without an attribute, so they go
 * through Vite.
 */
const inline = { server: { deps: { inline: [/@actions\//] } } }

/** Statements of what decides and executes; measured by `npm run coverage` alone. */
const measured = ['core', 'engine'].map((name) => `packages/${name}/src/**/*.ts`)

export default defineConfig({
  test: {
    coverage: {
      provider: 'v8',
      include: measured,
      exclude: ['**/*.test.ts', '**/*.fixture.ts'],
      reporter: ['text', 'json-summary'],
      reportsDirectory: 'node_modules/.cache/coverage',
      thresholds: Object.fromEntries(measured.map((files) => [files, { statements: 90 }])),
    },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'packages/*/src/**/*.test.tsx', 'tools/**/*.test.ts'],
          exclude: ['db', 'process', 'sandbox'].map((kind) => `**/*.${kind}.test.ts`),
          testTimeout: 20_000,
          isolate: false,
          ...inline,
        },
      },
      {
        test: {
          name: 'database',
          include: ['packages/*/src/**/*.db.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          isolate: false,
          ...inline,
        },
      },
      {
        test: {
          name: 'process',
          include: ['packages/*/src/**/*.process.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          ...inline,
        },
      },
      {
        test: {
          name: 'sandbox',
          include: ['packages/*/src/**/*.sandbox.test.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
          ...inline,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          ...inline,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['e2e/browser/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          ...inline,
        },
      },
    ],
  },
})
