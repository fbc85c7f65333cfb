import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout's root: where node_modules, fixtures and the dashboard's sources stand. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..')

export const sampleFolder = join(root, 'fixtures', 'sample')
export const webFolder = join(root, 'packages', 'web')
export const dashboardFolder = join(webFolder, 'dist')
export const serverMain = join(root, 'packages', 'server', 'src', 'main.ts')

/**
 * What Node needs before our sources: GitHub's packages import JSON without an attribute. The room for young
 * objects is held for good once a start has filled it; 16 MB a part, V8's own choice, cost 60 MB for nothing.
 */
export const nodeArguments = [
  '--max-semi-space-size=4',
  '--import',
  join(root, 'tools', 'json-modules.mjs'),
  '--disable-warning=ExperimentalWarning',
]

export const version = '0.1.0'
