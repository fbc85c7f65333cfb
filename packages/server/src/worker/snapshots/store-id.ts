import { randomUUID } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '@signalbox/core/base/failure.ts'

/** The name of a data folder, made once: a layer is found again by the workers of its own folder only. */
export async function storeId(dataDir: string): Promise<string> {
  const file = join(dataDir, 'snapshot-store')
  await mkdir(dataDir, { recursive: true, mode: 0o700 })
  await writeFile(file, `${randomUUID()}\n`, { flag: 'wx', mode: 0o600 }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    },
  )
  const id = (await readFile(file, 'utf8')).trim()
  if (/^[0-9a-f-]{36}$/.test(id)) return id
  throw new Failure('data-folder', `${file} does not hold the name of this data folder.`, {
    hint: 'Delete it; what was kept before is forgotten then.',
  })
}
