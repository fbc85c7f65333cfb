import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'

/**
 * Makes this process the only `signalbox up` of a data folder; the result gives it back. A file whose process
 * is gone, or is another program by now, is taken over.
 */
export async function holdDataFolder(dataDir: string): Promise<() => Promise<void>> {
  const path = join(dataDir, 'up.pid')
  const holder = Number(await readFile(path, 'utf8').catch(() => '0'))
  if (holder > 0 && holder !== process.pid && (await isSignalbox(holder))) {
    throw new Failure('data-folder-in-use', `Signalbox runs on ${dataDir} already (process ${holder}).`, {
      hint: 'Use that one ("signalbox open" prints its URL), or name another folder with SIGNALBOX_DATA_DIR.',
    })
  }
  try {
    await writeFile(path, String(process.pid), { mode: 0o644 })
  } catch (error) {
    throw new Failure('data-folder-not-writable', `Signalbox may not write to ${dataDir}.`, {
      hint: 'Give it a folder of its own with SIGNALBOX_DATA_DIR.',
      cause: error,
    })
  }
  return async () => await rm(path, { force: true })
}

async function isSignalbox(pid: number): Promise<boolean> {
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return line.includes('packages/server/src/main.ts')
}
