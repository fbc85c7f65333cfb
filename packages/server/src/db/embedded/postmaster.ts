import { readdir, readFile, readlink, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A server that holds the data folder now. */
export interface Postmaster {
  pid: number
  port: number
}

const orphansLeaveWithinMs = 5000

/**
 * The living server of a data folder. PostgreSQL works in that folder, so a process that was given the same
 * number later is told apart; one in state Z is dead.
 */
export async function findPostmaster(data: string): Promise<Postmaster | undefined> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')
  const lines = text.split('\n')
  const pid = Number(lines[0])
  const port = Number(lines[3])
  if (!Number.isInteger(pid) || pid <= 1 || !Number.isInteger(port) || port < 1) return undefined
  return (await worksIn(pid, data)) ? { pid, port } : undefined
}

/** Whether the process lives and its working folder is the data folder. */
export async function worksIn(pid: number, data: string): Promise<boolean> {
  if ((await stateOf(pid)) === 'Z') return false
  const folder = await readlink(`/proc/${pid}/cwd`).catch(() => undefined)
  return folder === data
}

async function stateOf(pid: number): Promise<string | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '')
  // The name in parentheses may hold anything: the state follows the last one.
  return text.slice(text.lastIndexOf(')') + 2).charAt(0) || undefined
}

/**
 * Makes sure that nothing of a dead server is left: its children first, which leave by themselves when they
 * notice (a query under way may keep one, so it is ended); then the pid file, which would stop a new server
 * when its number belongs to another process or to a zombie by now. Called under the launch lock; returns the
 * server instead when one turns out to be starting, left by a launcher that was killed.
 */
export async function clearAfterCrash(data: string): Promise<Postmaster | undefined> {
  const deadline = Date.now() + orphansLeaveWithinMs
  for (;;) {
    const starting = await findPostmaster(data)
    if (starting) return starting
    const orphans = await processesIn(data)
    if (orphans.length === 0) break
    if (Date.now() > deadline) for (const pid of orphans) kill(pid, 'SIGKILL')
    await sleep(20)
  }
  await rm(join(data, 'postmaster.pid'), { force: true })
  return undefined
}

async function processesIn(data: string): Promise<number[]> {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number)
  const here = await Promise.all(all.map((pid) => worksIn(pid, data)))
  return all.filter((_, index) => here[index])
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It is gone already.
  }
}

/** Fast shutdown: sessions are ended, everything is written. Without an end in 30 s the hard way, which recovers. */
export async function stopPostmaster(data: string, pid: number): Promise<void> {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    if (!(await worksIn(pid, data))) return
    kill(pid, signal)
    const deadline = Date.now() + 30_000
    while (Date.now() < deadline) {
      if (!(await worksIn(pid, data))) return
      await sleep(20)
    }
  }
  throw new Error(`PostgreSQL (process ${pid}) did not stop`)
}
