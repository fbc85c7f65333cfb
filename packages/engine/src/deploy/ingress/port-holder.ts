import { readdir, readFile, readlink } from 'node:fs/promises'
import { basename } from 'node:path'

/** Who listens on a port. */
export interface PortHolder {
  pid: number
  /** Its program and script without folders; not its arguments, which may hold secrets. */
  command: string
}

/** State LISTEN in /proc/net/tcp (Linux include/net/tcp_states.h). */
const listening = '0A'

/** Finds who listens on a TCP port of this machine; undefined when it is another user's or not on Linux. */
export async function findPortHolder(port: number): Promise<PortHolder | undefined> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')),
  )
  const inodes = new Set(tables.flatMap((table) => listenerInodes(table, port)))
  if (inodes.size === 0) return undefined
  const entries = await readdir('/proc').catch(() => [])
  for (const entry of entries) {
    if (!/^\d+$/.test(entry) || !(await holdsSocket(entry, inodes))) continue
    const cmdline = await readFile(`/proc/${entry}/cmdline`, 'utf8').catch(() => '')
    return { pid: Number(entry), command: commandName(cmdline) }
  }
  return undefined
}

/** Program and, if that follows, script: `node main.ts`. `/proc/PID/comm` is only `MainThread` for Node. */
export function commandName(cmdline: string): string {
  const [program = '', first = ''] = cmdline.split('\0')
  const script = /^[^-\s=]+\.[a-z]{1,4}$/.test(first) ? ` ${basename(first)}` : ''
  return (basename(program) || 'unknown') + script
}

/** Inodes of the listening sockets on a port, from the text of /proc/net/tcp (proc(5)). */
export function listenerInodes(table: string, port: number): string[] {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0')
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((f) => f[3] === listening && f[1]?.split(':')[1] === wanted)
    .map((f) => f[9] ?? '')
}

async function holdsSocket(pid: string, inodes: Set<string>): Promise<boolean> {
  const fds = await readdir(`/proc/${pid}/fd`).catch(() => [])
  for (const fd of fds) {
    const target = await readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')
    const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1]
    if (inode && inodes.has(inode)) return true
  }
  return false
}
