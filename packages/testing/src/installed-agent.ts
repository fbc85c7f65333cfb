import { execFile } from 'node:child_process'
import { access, mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../../..')

/** The agent that tests drive for real: the lightest on npm that speaks ACP, in the version that was tried. */
export const testedAgent = { name: '@google/gemini-cli', version: '0.61.0' } as const

/**
 * The folder in which a tested agent is installed, for `SIGNALBOX_AGENTS_DIR`: fetched once from npm's registry
 * into node_modules/.cache, without scripts.
 */
export async function installedAgent({ name, version } = testedAgent): Promise<string> {
  const cache = join(root, 'node_modules/.cache/signalbox-agents')
  const folder = join(cache, `${name.replace(/\W+/g, '-')}-${version}`)
  if (await exists(folder)) return folder
  await mkdir(cache, { recursive: true })
  const building = `${folder}.${process.pid}`
  const flags = ['--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund', '--no-save']
  await promisify(execFile)('npm', ['install', '--prefix', building, ...flags, `${name}@${version}`], {
    cwd: cache,
    timeout: 300_000,
  })
  await rename(building, folder).catch(async (error: unknown) => {
    await rm(building, { recursive: true, force: true })
    // Another process was quicker.
    if (!(await exists(folder))) throw error
  })
  return folder
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
