import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive, type ProcessRef, processRef } from '@signalbox/engine/sandbox/linux/processes.ts'

/** In the environment of the children of `up`: whose they are. */
export const leftoverMark = 'SIGNALBOX_CHILD_OF'

/** They notice by themselves that `up` is gone, and leave; after this they are ended. */
const leftoverMs = 10_000

/**
 * Waits for the server and the worker of a start that was killed, and ends those that hang: they hold the port,
 * and two workers must not share a data folder. Only processes of this user can be seen.
 */
export async function endLeftChildren(dataDir: string, say: (text: string) => void): Promise<void> {
  const left = await leftChildren(dataDir)
  if (left.length === 0) return
  const names = left.map(({ name, ref }) => `the ${name} (process ${ref.pid})`).join(' and ')
  say(`Waiting for ${names} of an earlier start to end`)
  const deadline = Date.now() + leftoverMs
  while (left.some(({ ref }) => isAlive(ref))) {
    if (Date.now() > deadline) for (const { ref } of left) if (isAlive(ref)) process.kill(ref.pid, 'SIGKILL')
    await sleep(50)
  }
}

async function leftChildren(dataDir: string): Promise<{ ref: ProcessRef; name: string }[]> {
  const found: { ref: ProcessRef; name: string }[] = []
  for (const entry of await readdir('/proc').catch(() => [])) {
    if (!/^\d+$/.test(entry)) continue
    const args = await fields(entry, 'cmdline')
    const main = args.findIndex((arg) => arg.endsWith('packages/server/src/main.ts'))
    const name = args[main + 1]
    if (main === -1 || (name !== 'server' && name !== 'worker')) continue
    if (!(await fields(entry, 'environ')).includes(`${leftoverMark}=${dataDir}`)) continue
    const ref = processRef(Number(entry))
    if (ref) found.push({ ref, name })
  }
  return found
}

async function fields(pid: string, file: string): Promise<string[]> {
  return (await readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')).split('\0')
}
