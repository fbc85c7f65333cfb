import { defineConfig } from 'vitest/config'

/** Only the pure tests of `core`: what the mutants of `npm run mutation` are held against. */
export default defineConfig({
  test: {
    include: ['packages/core/src/**/*.test.ts'],
    // The first run, which traces coverage, takes long on a machine with other work.
    testTimeout: 60_000,
    server: { deps: { inline: [/@actions\//] } },
  },
})
