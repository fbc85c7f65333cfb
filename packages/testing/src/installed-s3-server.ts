import { execFile } from 'node:child_process'
import { access, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const cache = join(import.meta.dirname, '../../../node_modules/.cache/signalbox-s3-server')

/** The S3-compatible server that tests store blobs in, in the version that was tried. */
export const testedS3Server = { name: '@20minutes/s3rver', version: '5.0.0' } as const

/**
 * The folder in which the server is installed: fetched once from npm's registry, without scripts. It stands beside
 * the dependencies, because some packages under it name no licence in the way that ours must.
 */
export async function installedS3Server(): Promise<string> {
  const { name, version } = testedS3Server
  const place = join(cache, version)
  if (await exists(join(place, 'node_modules', name))) return place
  await mkdir(cache, { recursive: true })
  const draft = await mkdtemp(join(cache, 'install-'))
  try {
    await writeFile(join(draft, 'package.json'), '{ "private": true }')
    const argv = ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--save-exact']
    await promisify(execFile)('npm', [...argv, `${name}@${version}`], { cwd: draft, timeout: 120_000 })
    // A rename puts the whole of it in place at once.
    await rename(draft, place)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    // Another process was quicker.
    if (!(await exists(join(place, 'node_modules', name)))) throw error
  }
  return place
}

/** Undefined and a line that says what is not tried, when the server cannot be had on this machine. */
export async function s3ServerOrNotRun(what: string): Promise<string | undefined> {
  return await installedS3Server().catch((error: unknown) => {
    const why = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error)
    process.stderr.write(`NOT RUN: ${what}. ${testedS3Server.name} could not be fetched: ${why}\n`)
    return undefined
  })
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
