import { link, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Lets one process of this machine at a time look after a folder's server. Node has no lock that ends with its
 * process, so the file says whose it is: process and the moment of its start, which no other process shares.
 */
export async function withLaunchLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const path = join(folder, 'launch.lock')
  const mine = `${process.pid} ${await startOf(process.pid)} ${crypto.randomUUID()}`
  const draft = `${path}.${process.pid}.${crypto.randomUUID()}`
  await writeFile(draft, mine, { mode: 0o600 })
  try {
    while (!(await taken(draft, path))) {
      const holder = await readFile(path, 'utf8').catch(() => undefined)
      if (holder !== undefined && !(await isAlive(holder))) await removeStale(path, holder, draft)
      else await sleep(20)
    }
  } finally {
    await rm(draft, { force: true })
  }
  try {
    return await work()
  } finally {
    await rm(path, { force: true })
  }
}

/** A link is made whole or not at all, by one process only. */
function taken(draft: string, path: string): Promise<boolean> {
  return link(draft, path).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false
      throw error
    },
  )
}

/** Moved aside before it is deleted: what another process locked in between is put back. */
async function removeStale(path: string, holder: string, draft: string): Promise<void> {
  const aside = `${draft}.stale`
  await rename(path, aside).catch(() => {})
  const moved = await readFile(aside, 'utf8').catch(() => undefined)
  if (moved !== undefined && moved !== holder) await link(aside, path).catch(() => {})
  await rm(aside, { force: true })
}

async function isAlive(holder: string): Promise<boolean> {
  const [pid, start] = holder.split(' ')
  return (await startOf(Number(pid))) === start
}

/** The moment of a process's start in clock ticks since the machine's, as the kernel says; `gone` without one. */
async function startOf(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return fields[0] === 'Z' ? 'gone' : (fields[19] ?? 'gone')
}
