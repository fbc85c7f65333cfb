import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Victim } from './plan.ts'

/** The process of this data folder that plays the part now; undefined while it is on its way back. */
export async function findVictim(dataDir: string, victim: Victim): Promise<number | undefined> {
  if (victim === 'postgres') return await findPostmaster(dataDir)
  for (const pid of await processIds()) {
    const argv = (await read(pid, 'cmdline')).split('\0')
    const main = argv.findIndex((argument) => argument.endsWith('packages/server/src/main.ts'))
    if (main < 0 || argv[main + 1] !== victim) continue
    if ((await read(pid, 'environ')).split('\0').includes(`SIGNALBOX_DATA_DIR=${dataDir}`)) return pid
  }
  return undefined
}

/** SIGKILL; false when it was gone already. */
export function killHard(pid: number): boolean {
  try {
    process.kill(pid, 'SIGKILL')
    return true
  } catch {
    return false
  }
}

/** Sandboxes of the data folder whose outer process lives, by the mark in its environment. */
export async function runningSandboxes(dataDir: string): Promise<string[]> {
  const mark = `SIGNALBOX_SANDBOX=${join(dataDir, 'sandboxes')}/`
  const found = new Set<string>()
  for (const pid of await processIds()) {
    const entry = (await read(pid, 'environ')).split('\0').find((line) => line.startsWith(mark))
    if (entry) found.add(entry.slice(entry.lastIndexOf(':') + 1))
  }
  return [...found].sort()
}

/** Folders of sandboxes, running or left behind. */
export async function sandboxFolders(dataDir: string): Promise<string[]> {
  return (await readdir(join(dataDir, 'sandboxes')).catch(() => [])).sort()
}

/** Sockets of egress proxies, living or left behind. */
export async function egressSockets(dataDir: string): Promise<string[]> {
  return await readdir(join(dataDir, 'egress')).catch(() => [])
}

async function findPostmaster(dataDir: string): Promise<number | undefined> {
  const file = join(dataDir, 'database', 'data', 'postmaster.pid')
  const pid = Number((await readFile(file, 'utf8').catch(() => '')).split('\n')[0])
  if (!Number.isInteger(pid) || pid <= 1) return undefined
  return (await read(pid, 'cmdline')).includes(dataDir) ? pid : undefined
}

async function processIds(): Promise<number[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
}

async function read(pid: number, file: 'cmdline' | 'environ'): Promise<string> {
  return await readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')
}
