import { defineConfig } from 'vitest/config'

/** Only the pure tests of `core`: what the mutants of `npm run mutation` are held against. */
export default defineConfig({
  test: {
    include: ['packages/core/src/**/*.test.ts'],
    server: { deps: { inline: [/@actions\//] } },
  },
})
