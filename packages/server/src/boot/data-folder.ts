import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Failure } from '@signalbox/core/base/failure.ts'
import { folderFailure } from '../db/embedded/failures.ts'

/**
 * Makes this process the only `signalbox up` of a data folder; the result gives it back. A file whose process
 * is gone, or is another program by now, is taken over.
 */
export async function holdDataFolder(dataDir: string): Promise<() => Promise<void>> {
  const path = join(dataDir, 'up.pid')
  for (let tries = 0; ; tries += 1) {
    if (await write(path, dataDir)) break
    const holder = Number(await readFile(path, 'utf8').catch(() => '0'))
    if (tries > 20 || (holder > 0 && holder !== process.pid && (await isUp(holder)))) {
      throw new Failure('data-folder-in-use', `Signalbox runs on ${dataDir} already (process ${holder}).`, {
        hint: 'Use that one ("signalbox open" prints its URL), or name another folder with SIGNALBOX_DATA_DIR.',
      })
    }
    // Empty: another start stands between making the file and writing it, or died there.
    if (holder > 0 || tries > 3) await rm(path, { force: true })
    else await sleep(20)
  }
  return async () => await rm(path, { force: true })
}

/** Whether the file is ours now; false when it is there already. */
async function write(path: string, dataDir: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { mode: 0o644, flag: 'wx' })
    return true
  } catch (error) {
    if (typeof error === 'object' && error !== null && 'code' in error && error.code === 'EEXIST')
      return false
    throw folderFailure(error, dataDir)
  }
}

async function isUp(pid: number): Promise<boolean> {
  const args = (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).split('\0')
  const main = args.findIndex((arg) => arg.endsWith('packages/server/src/main.ts'))
  return main !== -1 && ['up', '', undefined].includes(args[main + 1])
}
