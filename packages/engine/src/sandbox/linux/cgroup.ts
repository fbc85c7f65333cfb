import { readFileSync } from 'node:fs'
import { mkdir, readFile, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Limits } from '../port.ts'

type Controller = 'memory' | 'pids' | 'cpu'
const CONTROLLERS: Controller[] = ['memory', 'pids', 'cpu']

/** Where this machine lets us make cgroups: for each controller a folder, and the version it speaks. */
export interface CgroupRoots {
  version: 1 | 2
  folders: Partial<Record<Controller, string>>
}

/** The cgroups of one sandbox; `procs` are the files that a process writes itself into. */
export interface Cgroup {
  version: 1 | 2
  folders: Partial<Record<Controller, string>>
}

interface Mount {
  type: string
  path: string
  options: string[]
}

function mounts(): Mount[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
    .filter((parts) => parts.length > 9)
    .map((parts) => {
      const dash = parts.indexOf('-')
      return {
        path: parts[4] ?? '',
        type: parts[dash + 1] ?? '',
        options: (parts[dash + 3] ?? '').split(','),
      }
    })
}

/** The own place in each hierarchy: `pids -> /a/b`; the key of version 2 is the empty string. */
function ownPlaces(): Map<string, string> {
  const places = new Map<string, string>()
  for (const line of readFileSync('/proc/self/cgroup', 'utf8').split('\n')) {
    const [, names, path] = line.split(':')
    for (const name of (names ?? '').split(',')) if (path !== undefined) places.set(name, path)
  }
  return places
}

async function canMake(parent: string, file: string): Promise<boolean> {
  const probe = join(parent, `signalbox-probe-${process.pid}-${Math.random().toString(36).slice(2)}`)
  try {
    await mkdir(probe)
  } catch {
    return false
  }
  try {
    await readFile(join(probe, file))
    return true
  } catch {
    return false
  } finally {
    await rmdir(probe).catch(() => {})
  }
}

const LIMIT_FILES: Record<1 | 2, Record<Controller, string>> = {
  1: { memory: 'memory.limit_in_bytes', pids: 'pids.max', cpu: 'cpu.cfs_quota_us' },
  2: { memory: 'memory.max', pids: 'pids.max', cpu: 'cpu.max' },
}

/** Finds out by trying where cgroups can be made; `undefined` when nowhere. */
export async function findCgroups(): Promise<CgroupRoots | undefined> {
  const places = ownPlaces()
  const folders: CgroupRoots['folders'] = {}
  for (const controller of CONTROLLERS) {
    const mount = mounts().find((m) => m.type === 'cgroup' && m.options.includes(controller))
    if (!mount) continue
    for (const parent of [join(mount.path, places.get(controller) ?? '/'), mount.path]) {
      if (!(await canMake(parent, LIMIT_FILES[1][controller]))) continue
      folders[controller] = parent
      break
    }
  }
  if (Object.keys(folders).length > 0) return { version: 1, folders }
  return await findUnified(places.get('') ?? '/')
}

/**
 * Version 2 hands controllers only to groups below one that holds no process itself, so we look from our own
 * group upwards for a parent that lets us make a group with limits, and switch controllers on where we may.
 */
async function findUnified(own: string): Promise<CgroupRoots | undefined> {
  const mount = mounts().find((m) => m.type === 'cgroup2')
  if (!mount) return undefined
  let path = own
  for (;;) {
    const parent = join(mount.path, path)
    await writeFile(join(parent, 'cgroup.subtree_control'), '+memory +pids +cpu').catch(() => {})
    const folders: CgroupRoots['folders'] = {}
    for (const controller of CONTROLLERS) {
      if (await canMake(parent, LIMIT_FILES[2][controller])) folders[controller] = parent
    }
    if (Object.keys(folders).length > 0) return { version: 2, folders }
    if (path === '/' || path === '') return undefined
    path = join(path, '..')
  }
}

/** Makes the sandbox's groups and writes its limits; leaves none behind when that fails. */
export async function makeCgroup(roots: CgroupRoots, id: string, limits: Limits): Promise<Cgroup> {
  const group: Cgroup = { version: roots.version, folders: {} }
  try {
    for (const controller of CONTROLLERS) {
      const parent = roots.folders[controller]
      if (parent === undefined) continue
      const folder = join(parent, `signalbox-${id}`)
      await mkdir(folder, { recursive: true })
      group.folders[controller] = folder
    }
    await writeLimits(roots, group, limits)
  } catch (error) {
    await emptyCgroup(group, 1_000)
    throw error
  }
  return group
}

async function writeLimits(roots: CgroupRoots, group: Cgroup, limits: Limits): Promise<void> {
  const { memory, pids, cpu } = group.folders
  const file = LIMIT_FILES[roots.version]
  if (memory !== undefined) {
    await writeFile(join(memory, file.memory), String(limits.memoryBytes))
    // Without these two the memory limit would only move the pages to swap; not every kernel has them.
    if (roots.version === 1)
      await writeFile(join(memory, 'memory.memsw.limit_in_bytes'), String(limits.memoryBytes)).catch(() => {})
    else await writeFile(join(memory, 'memory.swap.max'), '0').catch(() => {})
  }
  if (pids !== undefined) await writeFile(join(pids, file.pids), String(limits.pids))
  if (cpu !== undefined) {
    const quota = Math.max(1000, Math.round(limits.cpus * 100_000))
    const text = roots.version === 1 ? String(quota) : `${quota} 100000`
    await writeFile(join(cpu, file.cpu), text).catch((error: NodeJS.ErrnoException) => {
      // Version 1 refuses a share above that of the group we are in ourselves, which holds then.
      if (error.code !== 'EINVAL') throw error
    })
  }
}

/** The files that the launcher writes its own number into. */
export function procsFiles(group: Cgroup): string[] {
  return [...new Set(Object.values(group.folders))].map((folder) => join(folder, 'cgroup.procs'))
}

/** How often the kernel has killed in this group for memory; undefined when it does not say. */
export async function oomKills(group: Cgroup): Promise<number | undefined> {
  const folder = group.folders.memory
  if (folder === undefined) return undefined
  const file = join(folder, group.version === 1 ? 'memory.oom_control' : 'memory.events')
  const text = await readFile(file, 'utf8').catch(() => '')
  const count = /^oom_kill (\d+)$/m.exec(text)?.[1]
  return count === undefined ? undefined : Number(count)
}

/** Kills what is left in the group until it is empty, and removes it; false when something stays. */
export async function emptyCgroup(group: Cgroup, deadlineMs: number): Promise<boolean> {
  const folders = [...new Set(Object.values(group.folders))]
  const until = Date.now() + deadlineMs
  for (;;) {
    let left = 0
    for (const folder of folders) {
      if (group.version === 2) await writeFile(join(folder, 'cgroup.kill'), '1').catch(() => {})
      const text = await readFile(join(folder, 'cgroup.procs'), 'utf8').catch(() => '')
      for (const line of text.split('\n')) {
        const pid = Number(line)
        if (!(pid > 1) || pid === process.pid) continue
        left++
        try {
          process.kill(pid, 'SIGKILL')
        } catch {}
      }
      const gone = await rmdir(folder).then(
        () => true,
        (error: NodeJS.ErrnoException) => error.code === 'ENOENT',
      )
      if (!gone) left++
    }
    if (left === 0) return true
    if (Date.now() > until) return false
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
