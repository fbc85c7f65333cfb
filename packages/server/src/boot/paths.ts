import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout's root: where node_modules, fixtures and the dashboard's sources stand. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..')

export const sampleFolder = join(root, 'fixtures', 'sample')
export const webFolder = join(root, 'packages', 'web')
export const dashboardFolder = join(webFolder, 'dist')
export const serverMain = join(root, 'packages', 'server', 'src', 'main.ts')

/** What Node needs before our sources: GitHub's packages import JSON without an attribute. */
export const nodeArguments = [
  '--import',
  join(root, 'tools', 'json-modules.mjs'),
  '--disable-warning=ExperimentalWarning',
]

export const version = '0.1.0'
